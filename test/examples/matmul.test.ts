import assert from "node:assert/strict";
import { test } from "node:test";
import { parallel, plainProduct, randomMatrices, sequential } from "../../examples/matmul.ts";

for (const n of [4, 164, 320]) {
  test(`${n} x ${n}: the kernel's sums, in tasks and without, are those of the definition`, async () => {
    const matrices = randomMatrices(n);
    const expected = plainProduct(matrices);
    matrices.c.fill(Number.NaN);
    await sequential(matrices);
    assert.deepEqual(Float64Array.from(matrices.c), expected);
    matrices.c.fill(Number.NaN);
    await parallel(matrices);
    assert.deepEqual(Float64Array.from(matrices.c), expected);
    matrices.free();
  });
}

test("edges that the kernel cannot handle are refused", () => {
  assert.throws(() => randomMatrices(6), /multiple of 4, not 6/);
});
