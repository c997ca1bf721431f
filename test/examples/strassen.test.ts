import assert from "node:assert/strict";
import { test } from "node:test";
import { shared } from "heddle";
import { checkEdge, fill, times } from "../../examples/bots/quadrants.ts";
import { parallel, residual, sequential } from "../../examples/bots/strassen.ts";

for (const n of [4, 64, 128, 512]) {
  test(`${n} x ${n}: A times B, and bit for bit what one thread computes`, async () => {
    using region = shared.region();
    const [a, b, c, other] = [0, 1, 2, 3].map(() => region.float64(n * n)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    fill(a, 1, false);
    fill(b, 2, true);
    await parallel(a, b, c);
    sequential(a, b, other);
    assert.deepEqual(Float64Array.from(c), Float64Array.from(other));
    assert.ok(residual(a, b, c) < 1e-12, `residual ${residual(a, b, c)}`);
    // One column of the product by itself.
    const unit = new Float64Array(n).fill(0);
    unit[n - 1] = 1;
    const [column, expected] = [times(c, unit, false), times(a, times(b, unit, true), false)];
    assert.ok(column.every((value, i) => Math.abs(value - expected[i]!) < 1e-10));
    c[n]! += 1e-3;
    assert.ok(residual(a, b, c) > 1e-11, "a wrong product is noticed");
  });
}

test("edges that are no power of 2 are refused", () => {
  assert.throws(() => checkEdge(96), /power of 2 from 4 on, not 96/);
});
