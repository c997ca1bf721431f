import { parallelFor, shared, sort, task } from "heddle";
import { readOptions } from "./lib/options.ts";
import { divide, sampleOf, splittersOf } from "./sample-sort/divide.ts";
import { checkKeys, type Distribution, distributions, fillRandom } from "./sample-sort/keys.ts";

const usage = `Sample sort of 64-bit keys: splitters from a sample cut the keys into buckets, which are sorted one by one.

  -n N     keys (default 4194304; the paper's 48 * 1024 * 1024 are 50331648)
  -k KIND  uniform, few (eight different keys), skewed (most are small) or sorted (default uniform)
  -r N     seed (default 1)`;

/** A bucket of this length and its copy stay in a core's cache. */
const bucketLength = 1 << 15;
const mostBuckets = 1 << 10;
const samplesPerBucket = 32;

/** A bucket is a short array of the heap, which heddle sorts by its digits; if nearly all keys are in it, it is divided again. */
const sortBucket = task(import.meta, (bucket: number, sorted: BigUint64Array, begins: Int32Array): void => {
  const keys = sorted.subarray(begins[bucket]!, begins[bucket + 1] ?? sorted.length);
  if (keys.length > 1) sort(keys).join();
});

/** Sorts `keys` into `sorted`; both are on the heap and of one length. Blocks: for use in a plain task. */
const sampleSort = task(import.meta, function sampleSort(keys: BigUint64Array, sorted: BigUint64Array): void {
  const buckets = Math.min(mostBuckets, Math.max(1, Math.ceil(keys.length / bucketLength)));
  const splitters = splittersOf(sampleOf(keys, buckets * samplesPerBucket), buckets);
  const begins = shared.from(divide(keys, sorted, splitters));
  try {
    parallelFor(buckets, sortBucket, sorted, begins).join();
  } finally {
    shared.free(begins);
  }
});

/** Sorts the keys on all workers, into a second array on the heap. */
export async function parallel(keys: BigUint64Array, sorted: BigUint64Array): Promise<BigUint64Array> {
  if (keys.length > 0) await sampleSort.spawn(keys, sorted);
  return sorted;
}

/** The plain program. */
export const sequential = (keys: BigUint64Array): BigUint64Array => keys.slice().sort();

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 1 << 22, k: "uniform", r: 1 });
  if (!options) return;
  const { n, k: kind, r: seed } = options;
  if (!(distributions as readonly string[]).includes(kind)) {
    throw new RangeError(`-k must be one of ${distributions.join(", ")}, not ${kind}`);
  }
  using region = shared.region();
  const keys = region.bigUint64(n);
  const sorted = region.bigUint64(n);
  await fillRandom(keys, seed, kind as Distribution);
  const before = await checkKeys(keys);
  const begin = performance.now();
  await parallel(keys, sorted);
  const ms = performance.now() - begin;
  const after = await checkKeys(sorted);
  const right = after.descents === 0 && after.sum === before.sum;
  console.log(`${n} keys in ${ms.toFixed(0)} ms: ${(n / ms / 1000).toFixed(1)} million keys/s, ${right ? "verified" : "WRONG"}`);
  if (!right) process.exitCode = 1;
}
