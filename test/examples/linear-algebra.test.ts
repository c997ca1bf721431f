import assert from "node:assert/strict";
import { test } from "node:test";
import { shared } from "heddle";
import * as cholesky from "../../examples/linear-algebra/cholesky.ts";
import * as product from "../../examples/linear-algebra/product.ts";
import { fill, indexOf, type Matrix, matrixOf } from "../../examples/linear-algebra/tiles.ts";

const sizes = [
  [4, 4],
  [24, 8],
  [160, 32],
] as const;

for (const [n, edge] of sizes) {
  test(`${n} x ${n} in tiles of ${edge}: Cholesky factor`, async () => {
    using region = shared.region();
    const [a, l, other] = [0, 1, 2].map(() => matrixOf(n, edge, (length) => region.float64(length))) as [Matrix, Matrix, Matrix];
    await fill(a, 5, true);
    l.values.set(a.values);
    other.values.set(a.values);
    await cholesky.parallel(l);
    cholesky.sequential(other);
    assert.deepEqual(Float64Array.from(l.values), Float64Array.from(other.values));
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k <= j; k++) sum += l.values[indexOf(l, i, k)]! * l.values[indexOf(l, j, k)]!;
        assert.ok(Math.abs(sum - a.values[indexOf(a, i, j)]!) < 1e-12 * n, `element ${i}, ${j}`);
      }
    }
    assert.ok((await cholesky.residual(a, l)) < 1e-14);
    l.values[0]! += 1e-6;
    assert.ok((await cholesky.residual(a, l)) > 1e-12, "a wrong factor is noticed");
  });

  test(`${n} x ${n} in tiles of ${edge}: product`, async () => {
    using region = shared.region();
    const [a, b, c, other] = [0, 1, 2, 3].map(() => matrixOf(n, edge, (length) => region.float64(length))) as [
      Matrix,
      Matrix,
      Matrix,
      Matrix,
    ];
    await fill(a, 1);
    await fill(b, 2);
    c.values.fill(Number.NaN);
    await product.parallel(a, b, c);
    product.sequential(a, b, other);
    assert.deepEqual(Float64Array.from(c.values), Float64Array.from(other.values));
    for (const [i, j] of [
      [0, 0],
      [n - 1, 1],
      [n >> 1, n - 1],
    ] as const) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a.values[indexOf(a, i, k)]! * b.values[indexOf(b, j, k)]!;
      assert.ok(Math.abs(sum - c.values[indexOf(c, i, j)]!) < 1e-12, `element ${i}, ${j}`);
    }
    assert.ok((await product.residual(a, b, c)) < 1e-13);
  });
}

test("a matrix that is not positive definite fails, and says where", async () => {
  using region = shared.region();
  const matrix = matrixOf(16, 8, (length) => region.float64(length));
  await fill(matrix, 1, true);
  matrix.values[indexOf(matrix, 10, 10)] = -1;
  await assert.rejects(cholesky.parallel(matrix), /not positive definite: column 10/);
});

test("sizes that do not fit are refused", () => {
  const none = (length: number) => new Float64Array(length);
  assert.throws(() => matrixOf(12, 6, none), /multiple of 4, not 6/);
  assert.throws(() => matrixOf(20, 8, none), /multiple of the tiles' edge, 8, not 20/);
});
