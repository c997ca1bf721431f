import { parallelFor, shared, task } from "heddle";
import { readOptions } from "./lib/options.ts";

const usage = `STREAM triad, a = b + 3 c, over arrays on the heap: how fast memory feeds a loop. A run counts three arrays of 8 bytes.

  -n N     elements of each array (default 10000000)
  -t N     runs, of which the best counts (default 10)`;

export interface Arrays {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly c: Float64Array;
}

const triad = task(import.meta, (lo: number, hi: number, a: Float64Array, b: Float64Array, c: Float64Array): void => {
  for (let i = lo; i < hi; i++) a[i] = b[i]! + 3 * c[i]!;
});

export function fill({ a, b, c }: Arrays): void {
  a.fill(0);
  for (let i = 0; i < b.length; i++) {
    b[i] = i % 1000;
    c[i] = 0.5;
  }
}

/** The plain program. */
export const sequential = ({ a, b, c }: Arrays): void => triad(0, a.length, a, b, c);

export async function parallel({ a, b, c }: Arrays): Promise<void> {
  await parallelFor.blocks(a.length, triad, a, b, c);
}

/** Whether `a` is what it should be. */
export function holds({ a }: Arrays): boolean {
  return a.every((value, i) => value === (i % 1000) + 1.5);
}

export const gigabytesPerSecond = (elements: number, ms: number): number => (24 * elements) / ms / 1e6;

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 10_000_000, t: 10 });
  if (!options) return;
  const { n, t: runs } = options;
  using region = shared.region();
  const arrays = { a: region.float64(n), b: region.float64(n), c: region.float64(n) };
  fill(arrays);
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const begin = performance.now();
    await parallel(arrays);
    best = Math.min(best, performance.now() - begin);
  }
  const right = holds(arrays);
  console.log(`${n} elements in ${best.toFixed(2)} ms: ${gigabytesPerSecond(n, best).toFixed(1)} GB/s${right ? "" : ", WRONG"}`);
  if (!right) process.exitCode = 1;
}
