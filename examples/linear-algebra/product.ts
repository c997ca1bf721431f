import { type Future, shared, task } from "heddle";
import { readOptions } from "../lib/options.ts";
import { multiplyAdd } from "./kernels.ts";
import { fill, type Matrix, matrixOf, norm, tileAt, tilesAcross, times } from "./tiles.ts";

const usage = `C = A B' of square matrices of doubles as dataflow: each tile of C is a chain of tasks, one for each pair of tiles. The kernel
is WebAssembly SIMD.

  -n N     rows and columns, a multiple of the tiles' edge (default 2048)
  -b N     edge of a tile, a multiple of 4 (default 128)`;

/** Adds the product of tiles (i, k) of A and (j, k) of B to tile (i, j) of C. */
const addTile = task(import.meta, (a: Matrix, b: Matrix, c: Matrix, i: number, j: number, k: number, _before: void): void => {
  const target = tileAt(c, i, j);
  if (k === 0) target.fill(0);
  multiplyAdd(tileAt(a, i, k), tileAt(b, j, k), target, a.edge);
});

const product = task(import.meta, function* product(a: Matrix, b: Matrix, c: Matrix): Generator<Future<void>, void> {
  const tiles = tilesAcross(a);
  const chains: Future<void>[] = [];
  for (let i = 0; i < tiles; i++) {
    for (let j = 0; j < tiles; j++) {
      let before: Future<void> | undefined;
      for (let k = 0; k < tiles; k++) before = addTile.after(a, b, c, i, j, k, before);
      chains.push(before!);
    }
  }
  for (const chain of chains) yield* chain;
});

/** C = A B', all on the heap, with tiles of one size. */
export async function parallel(a: Matrix, b: Matrix, c: Matrix): Promise<void> {
  await product.spawn(a, b, c);
}

/** The same kernel in the same order on this thread. */
export function sequential(a: Matrix, b: Matrix, c: Matrix): void {
  const tiles = tilesAcross(a);
  for (let i = 0; i < tiles; i++) for (let j = 0; j < tiles; j++) for (let k = 0; k < tiles; k++) addTile(a, b, c, i, j, k);
}

/** |C x - A (B' x)| / |C x| for a vector x. */
export async function residual(a: Matrix, b: Matrix, c: Matrix): Promise<number> {
  using region = shared.region();
  const [x, y, z, cx] = [0, 1, 2, 3].map(() => region.float64(a.n)) as [Float64Array, Float64Array, Float64Array, Float64Array];
  for (let i = 0; i < x.length; i++) x[i] = 1 + (i % 7);
  await times(c, x, cx);
  await times(b, x, y, "transposed");
  await times(a, y, z);
  return norm(z.map((value, i) => value - cx[i]!)) / norm(cx);
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 2048, b: 128 });
  if (!options) return;
  const { n, b: edge } = options;
  using region = shared.region();
  const [a, b, c] = [0, 1, 2].map(() => matrixOf(n, edge, (length) => region.float64(length))) as [Matrix, Matrix, Matrix];
  await fill(a, 1);
  await fill(b, 2);
  const begin = performance.now();
  await parallel(a, b, c);
  const ms = performance.now() - begin;
  const rest = await residual(a, b, c);
  console.log(
    `${n} x ${n} in ${ms.toFixed(0)} ms: ${((2 * n ** 3) / ms / 1e6).toFixed(1)} GFLOP/s, residual ${rest.toExponential(2)}`,
  );
  if (!(rest < 1e-12)) process.exitCode = 1;
}
