import { type Future, shared, task } from "heddle";
import { readOptions } from "../lib/options.ts";
import { multiplySubtract, solve } from "../linear-algebra/kernels.ts";
import { blockAt, emptyMatrix, fill, hasBlock, residual, type SparseMatrix, upperDiagonal } from "./sparse-matrix.ts";

const usage = `LU factorization of a sparse matrix of blocks (BOTS sparselu): which blocks are there follows a pattern, and the factorization
fills more. Each operation on blocks is a task that starts when the blocks that it reads are there.

  -n N     rows and columns of blocks (default 50)
  -m N     rows and columns of a block, a multiple of 4 (default 100)`;

/** A block of the diagonal becomes L, with ones on its diagonal, and transposed U. */
const factorBlock = task(import.meta, (matrix: SparseMatrix, k: number, _before: void): void => {
  const { m } = matrix;
  const a = blockAt(matrix, k, k);
  const u = upperDiagonal(matrix, k);
  for (let p = 0; p < m; p++) {
    const pivot = a[p * m + p]!;
    for (let r = p + 1; r < m; r++) a[p * m + r]! /= pivot;
    for (let c = p + 1; c < m; c++) {
      const factor = a[c * m + p]!;
      for (let r = p + 1; r < m; r++) a[c * m + r]! -= a[p * m + r]! * factor;
    }
  }
  for (let c = 0; c < m; c++) {
    for (let r = 0; r < m; r++) u[r * m + c] = r <= c ? a[c * m + r]! : 0;
    a.fill(0, c * m, c * m + c);
    a[c * m + c] = 1;
  }
});

/** A block to the right of the diagonal: U = L^-1 A. */
const forward = task(import.meta, (matrix: SparseMatrix, k: number, column: number, _diagonal: void, _before: void): void => {
  solve(blockAt(matrix, k, k), blockAt(matrix, k, column), matrix.m);
});

/** A block below the diagonal: L = A U^-1. */
const divide = task(import.meta, (matrix: SparseMatrix, row: number, k: number, _diagonal: void, _before: void): void => {
  solve(upperDiagonal(matrix, k), blockAt(matrix, row, k), matrix.m);
});

/** A block less the product of one below and one to the right of the diagonal. */
const update = task(
  import.meta,
  (matrix: SparseMatrix, row: number, column: number, k: number, _left: void, _right: void, _before: void): void => {
    const [l, u, target] = [blockAt(matrix, row, k), blockAt(matrix, k, column), blockAt(matrix, row, column)];
    if (row < column) multiplySubtract(u, l, target, matrix.m);
    else multiplySubtract(l, u, target, matrix.m);
  },
);

const factorization = task(import.meta, function* sparselu(matrix: SparseMatrix): Generator<Future<void>, void> {
  const { n } = matrix;
  const last: (Future<void> | undefined)[] = new Array(n * n);
  for (let k = 0; k < n; k++) {
    const diagonal = factorBlock.with({ priority: "high" }).after(matrix, k, last[k * n + k]);
    last[k * n + k] = diagonal;
    for (let i = k + 1; i < n; i++) {
      if (hasBlock(matrix, k, i)) last[k * n + i] = forward.after(matrix, k, i, diagonal, last[k * n + i]);
      if (hasBlock(matrix, i, k)) last[i * n + k] = divide.after(matrix, i, k, diagonal, last[i * n + k]);
    }
    for (let i = k + 1; i < n; i++) {
      if (!hasBlock(matrix, i, k)) continue;
      for (let j = k + 1; j < n; j++) {
        if (!hasBlock(matrix, k, j)) continue;
        last[i * n + j] = update.after(matrix, i, j, k, last[i * n + k], last[k * n + j], last[i * n + j]);
      }
    }
  }
  for (const future of last) if (future) yield* future;
});

/** Factors a matrix on the heap in place. */
export async function parallel(matrix: SparseMatrix): Promise<void> {
  await factorization.spawn(matrix);
}

/** The same operations in the same order on this thread. */
export function sequential(matrix: SparseMatrix): void {
  const { n } = matrix;
  for (let k = 0; k < n; k++) {
    factorBlock(matrix, k);
    for (let i = k + 1; i < n; i++) {
      if (hasBlock(matrix, k, i)) forward(matrix, k, i);
      if (hasBlock(matrix, i, k)) divide(matrix, i, k);
    }
    for (let i = k + 1; i < n; i++) {
      if (!hasBlock(matrix, i, k)) continue;
      for (let j = k + 1; j < n; j++) if (hasBlock(matrix, k, j)) update(matrix, i, j, k);
    }
  }
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 50, m: 100 });
  if (!options) return;
  const { n, m } = options;
  using region = shared.region();
  const matrix = emptyMatrix(n, m, { float64: (length) => region.float64(length), int32: (length) => region.int32(length) });
  fill(matrix);
  const begin = performance.now();
  await parallel(matrix);
  const ms = performance.now() - begin;
  const rest = residual(matrix);
  console.log(
    `${n} x ${n} blocks of ${m} x ${m} (${matrix.count} filled) in ${ms.toFixed(0)} ms, residual ${rest.toExponential(2)}`,
  );
  if (!(rest < 1e-12)) process.exitCode = 1;
}
