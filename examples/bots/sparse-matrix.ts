/**
 * A sparse matrix of blocks of m by m doubles, each column after column. Blocks above the diagonal are stored transposed, so that
 * the kernels of the lower triangle serve for both sides; a factored block of the diagonal is stored twice, L and transposed U.
 */
import { randomAt } from "../linear-algebra/tiles.ts";

export type Block = Float64Array;

export interface SparseMatrix {
  /** Rows and columns of blocks, and of a block. */
  readonly n: number;
  readonly m: number;
  readonly values: Float64Array;
  /** Number of the block at row * n + column, or -1; after those the n blocks of U's diagonal. */
  readonly slots: Int32Array;
  readonly count: number;
}

export interface Allocator {
  float64(length: number): Float64Array;
  int32(length: number): Int32Array;
}

/** The pattern of BOTS: whether the matrix has a block there before it is factored. */
export function isThere(row: number, column: number): boolean {
  if (Math.abs(row - column) <= 1) return true;
  if (row % 2 === 1 || column % 2 === 1) return false;
  return Math.min(row, column) % 3 === 0;
}

/** Room for the matrix and for the blocks that its factorization fills. */
export function emptyMatrix(n: number, m: number, { float64, int32 }: Allocator): SparseMatrix {
  if (m < 4 || m % 4 !== 0) throw new RangeError(`-m must be a multiple of 4, not ${m}`);
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`-n must be a whole number from 1 on, not ${n}`);
  const slots = int32(n * n);
  for (let row = 0; row < n; row++)
    for (let column = 0; column < n; column++) slots[row * n + column] = isThere(row, column) ? 0 : -1;
  for (let k = 0; k < n; k++) {
    for (let row = k + 1; row < n; row++) {
      if (slots[row * n + k]! < 0) continue;
      for (let column = k + 1; column < n; column++) if (slots[k * n + column]! >= 0) slots[row * n + column] = 0;
    }
  }
  let count = 0;
  for (let at = 0; at < n * n; at++) if (slots[at] === 0) slots[at] = count++;
  return { n, m, values: float64((count + n) * m * m), slots, count };
}

const blockOf = ({ values, m }: SparseMatrix, slot: number): Block => values.subarray(slot * m * m, (slot + 1) * m * m);
export const hasBlock = ({ slots, n }: SparseMatrix, row: number, column: number): boolean => slots[row * n + column]! >= 0;
export const blockAt = (matrix: SparseMatrix, row: number, column: number): Block =>
  blockOf(matrix, matrix.slots[row * matrix.n + column]!);
export const upperDiagonal = (matrix: SparseMatrix, k: number): Block => blockOf(matrix, matrix.count + k);

/** An element of the original matrix, of which only blocks that are there differ from 0. */
export function elementAt({ n, m }: SparseMatrix, row: number, column: number): number {
  return randomAt(row, column, 3) + (row === column ? n * m : 0);
}

export function fill(matrix: SparseMatrix): void {
  const { n, m } = matrix;
  matrix.values.fill(0);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      if (!isThere(row, column)) continue;
      const block = blockAt(matrix, row, column);
      for (let r = 0; r < m; r++) {
        for (let c = 0; c < m; c++) {
          block[row < column ? r * m + c : c * m + r] = elementAt(matrix, row * m + r, column * m + c);
        }
      }
    }
  }
}

/** |A x - L (U x)| / |A x| for a vector x. */
export function residual(matrix: SparseMatrix): number {
  const { n, m } = matrix;
  const x = Float64Array.from({ length: n * m }, (_, i) => 1 + (i % 7));
  const [ax, ux, lux] = [0, 1, 2].map(() => new Float64Array(n * m)) as [Float64Array, Float64Array, Float64Array];
  const add = (from: Float64Array, to: Float64Array, row: number, column: number, value: (r: number, c: number) => number) => {
    for (let r = 0; r < m; r++) {
      let sum = 0;
      for (let c = 0; c < m; c++) sum += value(r, c) * from[column * m + c]!;
      to[row * m + r]! += sum;
    }
  };
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      if (isThere(row, column)) add(x, ax, row, column, (r, c) => elementAt(matrix, row * m + r, column * m + c));
      if (column < row || !hasBlock(matrix, row, column)) continue;
      const upper = row === column ? upperDiagonal(matrix, row) : blockAt(matrix, row, column);
      add(x, ux, row, column, (r, c) => upper[r * m + c]!);
    }
  }
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      if (!hasBlock(matrix, row, column)) continue;
      const lower = blockAt(matrix, row, column);
      add(ux, lux, row, column, (r, c) => lower[c * m + r]!);
    }
  }
  const length = (v: Float64Array) => Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
  return length(lux.map((value, i) => value - ax[i]!)) / length(ax);
}
