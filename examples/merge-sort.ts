import { shared, task } from "heddle";
import { readOptions } from "./lib/options.ts";

const usage = `Sorts random numbers on the heap by merge sort; both the sorting and the merging are divided into tasks.

  -n N     how many numbers (default 4000000)
  -s SEED  of the random numbers (default 1)`;

/** Ranges shorter than this are sorted and merged by one task. */
const smallest = 16_384;

/** Sorts `[lo, hi)` of `data`; the result is written to `other` if `toOther`. Both arrays are used. */
const sortRange = task(import.meta, (data: Float64Array, other: Float64Array, lo: number, hi: number, toOther: boolean): void => {
  if (hi - lo <= smallest) return plainSort(data, other, lo, hi, toOther);
  const middle = (lo + hi) >>> 1;
  const left = sortRange.spawn(data, other, lo, middle, !toOther);
  sortRange(data, other, middle, hi, !toOther);
  left.join();
  if (toOther) mergeRanges(data, lo, middle, middle, hi, other, lo);
  else mergeRanges(other, lo, middle, middle, hi, data, lo);
});

/** Merges `[a, aEnd)` and `[b, bEnd)` of `from` into `to` at `out`: splits the longer half, finds the cut in the other. */
const mergeRanges = task(
  import.meta,
  (from: Float64Array, a: number, aEnd: number, b: number, bEnd: number, to: Float64Array, out: number): void => {
    if (aEnd - a + (bEnd - b) <= smallest) return plainMerge(from, a, aEnd, b, bEnd, to, out);
    let aCut: number;
    let bCut: number;
    if (aEnd - a >= bEnd - b) {
      aCut = (a + aEnd) >>> 1;
      bCut = firstNotBelow(from, b, bEnd, from[aCut]!);
    } else {
      bCut = (b + bEnd) >>> 1;
      aCut = firstAbove(from, a, aEnd, from[bCut]!);
    }
    const left = mergeRanges.spawn(from, a, aCut, b, bCut, to, out);
    mergeRanges(from, aCut, aEnd, bCut, bEnd, to, out + (aCut - a) + (bCut - b));
    left.join();
  },
);

function plainSort(data: Float64Array, other: Float64Array, lo: number, hi: number, toOther: boolean): void {
  if (hi - lo <= 32) {
    insertionSort(data, lo, hi);
    if (toOther) for (let i = lo; i < hi; i++) other[i] = data[i]!;
    return;
  }
  const middle = (lo + hi) >>> 1;
  plainSort(data, other, lo, middle, !toOther);
  plainSort(data, other, middle, hi, !toOther);
  if (toOther) plainMerge(data, lo, middle, middle, hi, other, lo);
  else plainMerge(other, lo, middle, middle, hi, data, lo);
}

function plainMerge(from: Float64Array, a: number, aEnd: number, b: number, bEnd: number, to: Float64Array, out: number): void {
  while (a < aEnd && b < bEnd) {
    const left = from[a]!;
    const right = from[b]!;
    if (left <= right) {
      to[out++] = left;
      a++;
    } else {
      to[out++] = right;
      b++;
    }
  }
  while (a < aEnd) to[out++] = from[a++]!;
  while (b < bEnd) to[out++] = from[b++]!;
}

function insertionSort(data: Float64Array, lo: number, hi: number): void {
  for (let i = lo + 1; i < hi; i++) {
    const value = data[i]!;
    let j = i;
    for (; j > lo && data[j - 1]! > value; j--) data[j] = data[j - 1]!;
    data[j] = value;
  }
}

function firstNotBelow(data: Float64Array, lo: number, hi: number, value: number): number {
  while (lo < hi) {
    const middle = (lo + hi) >>> 1;
    if (data[middle]! < value) lo = middle + 1;
    else hi = middle;
  }
  return lo;
}

function firstAbove(data: Float64Array, lo: number, hi: number, value: number): number {
  while (lo < hi) {
    const middle = (lo + hi) >>> 1;
    if (data[middle]! <= value) lo = middle + 1;
    else hi = middle;
  }
  return lo;
}

/** Sorts in place on one thread. */
export function sequential<D extends Float64Array>(data: D): D {
  plainSort(data, new Float64Array(data.length), 0, data.length, false);
  return data;
}

/** Sorts an array of the heap in place. */
export async function parallel<D extends Float64Array>(data: D): Promise<D> {
  using region = shared.region();
  await sortRange.spawn(data, region.float64(data.length), 0, data.length, false);
  return data;
}

/** Fills with repeatable random numbers in [0, 1). */
export function fillRandom<D extends Float64Array>(data: D, seed: number): D {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = 0; i < data.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    data[i] = (state >>> 0) / 2 ** 32;
  }
  return data;
}

export function isSorted(data: Float64Array): boolean {
  for (let i = 1; i < data.length; i++) if (data[i - 1]! > data[i]!) return false;
  return true;
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 4_000_000, s: 1 });
  if (!options) return;
  const data = fillRandom(shared.float64(options.n), options.s);
  const begin = performance.now();
  await parallel(data);
  console.log(`${options.n} numbers in ${(performance.now() - begin).toFixed(0)} ms, sorted: ${isSorted(data)}`);
  shared.free(data);
}
