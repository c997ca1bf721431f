/**
 * Square matrices of doubles in which every quadrant is contiguous, down to tiles that are stored column after column, or row after
 * row if `byRows`. So adding quadrants is adding vectors, and a tile is what a kernel works on.
 */
import { randomAt } from "../linear-algebra/tiles.ts";

/** Rows and columns of a tile. */
export const tileEdge = 64;

/** The quadrants 11, 12, 21 and 22. */
export function quadrantsOf(matrix: Float64Array): [Float64Array, Float64Array, Float64Array, Float64Array] {
  const quarter = matrix.length / 4;
  const at = (k: number) => matrix.subarray(k * quarter, (k + 1) * quarter);
  return [at(0), at(1), at(2), at(3)];
}

/** Calls `visit` for each tile, with its first row and column. */
export function forEachTile(
  matrix: Float64Array,
  visit: (tile: Float64Array, row: number, column: number) => void,
  row = 0,
  column = 0,
): void {
  const edge = Math.sqrt(matrix.length);
  if (edge <= tileEdge) return visit(matrix, row, column);
  const half = edge / 2;
  for (const [k, quadrant] of quadrantsOf(matrix).entries()) {
    forEachTile(quadrant, visit, row + (k >> 1) * half, column + (k & 1) * half);
  }
}

export function checkEdge(n: number): void {
  if (n < 4 || (n & (n - 1)) !== 0) throw new RangeError(`-n must be a power of 2 from 4 on, not ${n}`);
}

/** Fills with repeatable numbers from -1 to 1. */
export function fill(matrix: Float64Array, seed: number, byRows: boolean): void {
  forEachTile(matrix, (tile, row, column) => {
    const edge = Math.sqrt(tile.length);
    for (let r = 0; r < edge; r++) {
      for (let c = 0; c < edge; c++) tile[byRows ? r * edge + c : c * edge + r] = randomAt(row + r, column + c, seed);
    }
  });
}

export function times(matrix: Float64Array, x: Float64Array, byRows: boolean): Float64Array {
  const y = new Float64Array(x.length);
  forEachTile(matrix, (tile, row, column) => {
    const edge = Math.sqrt(tile.length);
    for (let r = 0; r < edge; r++) {
      for (let c = 0; c < edge; c++) y[row + r]! += tile[byRows ? r * edge + c : c * edge + r]! * x[column + c]!;
    }
  });
  return y;
}
