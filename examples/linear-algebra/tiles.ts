/** Square matrices of doubles in square tiles, each contiguous, column after column; the tiles lie row after row. */
import { parallelFor, task } from "heddle";

export type Tile = Float64Array;

export interface Matrix {
  readonly values: Float64Array;
  /** Rows and columns, a multiple of `edge`. */
  readonly n: number;
  /** Rows and columns of a tile, a multiple of 4. */
  readonly edge: number;
}

export function matrixOf(n: number, edge: number, allocate: (length: number) => Float64Array): Matrix {
  if (edge < 4 || edge % 4 !== 0) throw new RangeError(`the edge of a tile must be a multiple of 4, not ${edge}`);
  if (n < edge || n % edge !== 0) throw new RangeError(`n must be a multiple of the tiles' edge, ${edge}, not ${n}`);
  return { values: allocate(n * n), n, edge };
}

export const tilesAcross = ({ n, edge }: Matrix): number => n / edge;

export function tileAt({ values, n, edge }: Matrix, row: number, column: number): Tile {
  const first = (row * (n / edge) + column) * edge * edge;
  return values.subarray(first, first + edge * edge);
}

export function indexOf({ n, edge }: Matrix, row: number, column: number): number {
  const tile = Math.floor(row / edge) * (n / edge) + Math.floor(column / edge);
  return tile * edge * edge + (column % edge) * edge + (row % edge);
}

/** A repeatable number from -1 to 1 for each pair of numbers. */
export function randomAt(row: number, column: number, seed: number): number {
  let x = Math.imul(row + 1, 0x9e37_79b1) ^ Math.imul(column + 1, 0x85eb_ca77) ^ Math.imul(seed, 0xc2b2_ae3d);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b_3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a_2d39);
  return (x ^ (x >>> 15)) / 2 ** 31;
}

const fillRows = task(import.meta, (lo: number, hi: number, matrix: Matrix, seed: number, definite: boolean): void => {
  for (let row = lo; row < hi; row++) {
    for (let column = 0; column < matrix.n; column++) {
      const [a, b] = definite ? [Math.max(row, column), Math.min(row, column)] : [row, column];
      matrix.values[indexOf(matrix, row, column)] = randomAt(a, b, seed) + (definite && row === column ? matrix.n : 0);
    }
  }
});

/** Fills a matrix with repeatable numbers from -1 to 1; `definite` makes it symmetric and adds n to its diagonal. */
export async function fill(matrix: Matrix, seed: number, definite = false): Promise<void> {
  await parallelFor.blocks(matrix.n, fillRows, matrix, seed, definite);
}

/** All of a matrix, its lower triangle, that transposed, or all transposed. */
export type Part = "all" | "lower" | "upper" | "transposed";

const timesRows = task(
  import.meta,
  (lo: number, hi: number, matrix: Matrix, x: Float64Array, y: Float64Array, part: Part): void => {
    const { values, n } = matrix;
    for (let i = lo; i < hi; i++) {
      const [from, to] = part === "lower" ? [0, i + 1] : part === "upper" ? [i, n] : [0, n];
      const flipped = part === "upper" || part === "transposed";
      let sum = 0;
      for (let j = from; j < to; j++) sum += values[flipped ? indexOf(matrix, j, i) : indexOf(matrix, i, j)]! * x[j]!;
      y[i] = sum;
    }
  },
);

/** y = A x with a part of A; x and y are on the heap. */
export async function times(matrix: Matrix, x: Float64Array, y: Float64Array, part: Part = "all"): Promise<void> {
  await parallelFor.blocks(matrix.n, timesRows, matrix, x, y, part);
}

export const norm = (x: Float64Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
