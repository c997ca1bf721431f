import { type Future, shared, task } from "heddle";
import { readOptions } from "../lib/options.ts";
import { factor, multiplySubtract, rankUpdate, solve } from "./kernels.ts";
import { fill, type Matrix, matrixOf, norm, tileAt, tilesAcross, times } from "./tiles.ts";

const usage = `Cholesky factorization of a symmetric positive definite matrix of doubles, tile by tile: each operation on a tile is a task
that starts when the tiles that it reads are there. The kernels are WebAssembly SIMD.

  -n N     rows and columns, a multiple of the tiles' edge (default 2048)
  -b N     edge of a tile, a multiple of 4 (default 128)`;

const factorTile = task(import.meta, (matrix: Matrix, k: number, _before: void): void => {
  const column = factor(tileAt(matrix, k, k), matrix.edge);
  if (column > 0) throw new RangeError(`the matrix is not positive definite: column ${k * matrix.edge + column - 1}`);
});

const solveTile = task(import.meta, (matrix: Matrix, i: number, k: number, _diagonal: void, _before: void): void => {
  solve(tileAt(matrix, k, k), tileAt(matrix, i, k), matrix.edge);
});

/** Tile (i, j) less the product of the tiles (i, k) and (j, k). */
const updateTile = task(
  import.meta,
  (matrix: Matrix, i: number, j: number, k: number, _left: void, _right: void, _before: void): void => {
    const left = tileAt(matrix, i, k);
    if (i === j) rankUpdate(left, tileAt(matrix, i, i), matrix.edge);
    else multiplySubtract(left, tileAt(matrix, j, k), tileAt(matrix, i, j), matrix.edge);
  },
);

/** Spawns the whole graph: `last` knows for each tile of the lower triangle the task that writes it last. */
const factorization = task(import.meta, function* cholesky(matrix: Matrix): Generator<Future<void>, void> {
  const tiles = tilesAcross(matrix);
  const last: (Future<void> | undefined)[][] = Array.from({ length: tiles }, () => []);
  for (let k = 0; k < tiles; k++) {
    const diagonal = factorTile.with({ priority: "high" }).after(matrix, k, last[k]![k]);
    last[k]![k] = diagonal;
    for (let i = k + 1; i < tiles; i++) last[i]![k] = solveTile.after(matrix, i, k, diagonal, last[i]![k]);
    for (let i = k + 1; i < tiles; i++) {
      for (let j = k + 1; j <= i; j++) {
        last[i]![j] = updateTile.after(matrix, i, j, k, last[i]![k], last[j]![k], last[i]![j]);
      }
    }
  }
  for (const row of last) for (const future of row) yield* future!;
});

/** Replaces the lower triangle of the matrix, which is on the heap, by its factor. */
export async function parallel(matrix: Matrix): Promise<void> {
  await factorization.spawn(matrix);
}

/** The same kernels in the same order on this thread. */
export function sequential(matrix: Matrix): void {
  const tiles = tilesAcross(matrix);
  for (let k = 0; k < tiles; k++) {
    factorTile(matrix, k);
    for (let i = k + 1; i < tiles; i++) solveTile(matrix, i, k);
    for (let i = k + 1; i < tiles; i++) for (let j = k + 1; j <= i; j++) updateTile(matrix, i, j, k);
  }
}

/** |A x - L (L' x)| / |A x| for a vector x, where `factored` holds L and `matrix` A. */
export async function residual(matrix: Matrix, factored: Matrix): Promise<number> {
  using region = shared.region();
  const [x, y, z, ax] = [0, 1, 2, 3].map(() => region.float64(matrix.n)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = 0; i < x.length; i++) x[i] = 1 + (i % 7);
  await times(matrix, x, ax);
  await times(factored, x, y, "upper");
  await times(factored, y, z, "lower");
  return norm(z.map((value, i) => value - ax[i]!)) / norm(ax);
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 2048, b: 128 });
  if (!options) return;
  const { n, b: edge } = options;
  using region = shared.region();
  const matrix = matrixOf(n, edge, (length) => region.float64(length));
  const factored = matrixOf(n, edge, (length) => region.float64(length));
  await fill(matrix, 1, true);
  factored.values.set(matrix.values);
  const begin = performance.now();
  await parallel(factored);
  const ms = performance.now() - begin;
  const rest = await residual(matrix, factored);
  console.log(
    `${n} x ${n} in ${ms.toFixed(0)} ms: ${(n ** 3 / 3 / ms / 1e6).toFixed(1)} GFLOP/s, residual ${rest.toExponential(2)}`,
  );
  if (!(rest < 1e-12)) process.exitCode = 1;
}
