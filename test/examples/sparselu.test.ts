import assert from "node:assert/strict";
import { test } from "node:test";
import { shared } from "heddle";
import { blockAt, emptyMatrix, fill, isThere, residual } from "../../examples/bots/sparse-matrix.ts";
import { parallel, sequential } from "../../examples/bots/sparselu.ts";

for (const [n, m] of [
  [1, 4],
  [2, 8],
  [13, 12],
] as const) {
  test(`${n} x ${n} blocks of ${m} x ${m}: L U is the matrix, and bit for bit what one thread computes`, async () => {
    using region = shared.region();
    const heap = { float64: (length: number) => region.float64(length), int32: (length: number) => region.int32(length) };
    const [one, other] = [emptyMatrix(n, m, heap), emptyMatrix(n, m, heap)];
    fill(one);
    fill(other);
    assert.ok(n === 1 || residual(one) > 1e-3, "before");
    await parallel(one);
    sequential(other);
    assert.deepEqual(Float64Array.from(one.values), Float64Array.from(other.values));
    assert.ok(residual(one) < 1e-13, `residual ${residual(one)}`);
    blockAt(one, n - 1, 0 + Math.max(0, n - 2))[1]! += 1e-3;
    assert.ok(residual(one) > 1e-12, "a wrong factor is noticed");
  });
}

test("the factorization fills blocks that the matrix does not have", () => {
  const plain = { float64: (length: number) => new Float64Array(length), int32: (length: number) => new Int32Array(length) };
  const { slots, count } = emptyMatrix(13, 4, plain);
  const before = slots.filter((_, at) => isThere(Math.floor(at / 13), at % 13)).length;
  assert.ok(count > before, `${count} after, ${before} before`);
  assert.equal(slots.filter((slot) => slot >= 0).length, count);
  assert.throws(() => emptyMatrix(3, 6, plain), /-m must be a multiple of 4, not 6/);
});
