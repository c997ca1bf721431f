import { shared, wasmTask, whenAll } from "heddle";
import { readOptions } from "./lib/options.ts";

const usage = `Multiplies two square matrices of doubles, tile by tile, with a WebAssembly SIMD kernel that works on the heap.

  -n N     rows and columns, a multiple of 4 (default 2000)`;

type Matrix = Float64Array;
const kernel = new URL("./matmul/kernel.wasm", import.meta.url);

/** Copies the columns `[from, to)` of B into panels, where the next task finds them one after the other. */
const packPanels = wasmTask<[b: Matrix, panels: Matrix, n: number, from: number, to: number], void>(
  import.meta,
  kernel,
  "packPanels",
);

const multiplyTile = wasmTask<
  [a: Matrix, panels: Matrix, c: Matrix, n: number, rowFrom: number, rowTo: number, columnFrom: number, columnTo: number],
  void
>(import.meta, kernel, "multiplyTile");

export interface Matrices {
  readonly n: number;
  readonly a: Matrix;
  readonly b: Matrix;
  readonly c: Matrix;
  readonly panels: Matrix;
  free(): void;
}

/** Two matrices of repeatable random numbers, and room for the product, on the heap. */
export function randomMatrices(n: number): Matrices {
  if (n < 4 || n % 4 !== 0) throw new RangeError(`n must be a multiple of 4, not ${n}`);
  const region = shared.region();
  const matrix = () => region.float64(n * n);
  const matrices = { n, a: matrix(), b: matrix(), c: matrix(), panels: matrix() };
  for (let i = 0; i < n * n; i++) {
    matrices.a[i] = ((i * 7919) % 1000) / 1000;
    matrices.b[i] = ((i * 104_729) % 1000) / 1000;
  }
  return { ...matrices, free: () => region[Symbol.dispose]() };
}

const edge = 160;

function tilesOf(n: number): [from: number, to: number][] {
  return Array.from({ length: Math.ceil(n / edge) }, (_, index) => [index * edge, Math.min(n, (index + 1) * edge)]);
}

/** C = A B by the same kernel on this thread. */
export function sequential({ n, a, b, c, panels }: Matrices): Matrix {
  packPanels(b, panels, n, 0, n);
  for (const rows of tilesOf(n)) for (const columns of tilesOf(n)) multiplyTile(a, panels, c, n, ...rows, ...columns);
  return c;
}

export async function parallel({ n, a, b, c, panels }: Matrices): Promise<Matrix> {
  const tiles = tilesOf(n);
  await whenAll(tiles.map((columns) => packPanels.spawn(b, panels, n, ...columns)));
  await whenAll(tiles.flatMap((rows) => tiles.map((columns) => multiplyTile.spawn(a, panels, c, n, ...rows, ...columns))));
  return c;
}

/** The definition, element by element. */
export function plainProduct({ n, a, b }: Matrices): Matrix {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a[i * n + k]! * b[k * n + j]!;
      c[i * n + j] = sum;
    }
  }
  return c;
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 2000 });
  if (!options) return;
  const matrices = randomMatrices(options.n);
  const begin = performance.now();
  await parallel(matrices);
  const ms = performance.now() - begin;
  console.log(`${options.n} x ${options.n} in ${ms.toFixed(0)} ms: ${((2 * options.n ** 3) / ms / 1e6).toFixed(1)} GFLOP/s`);
  matrices.free();
}
