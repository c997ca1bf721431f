import { parallelFor, shared, sort, task } from "heddle";
import { readOptions } from "./lib/options.ts";
import { checkKeys, type Distribution, distributions, fillRandom, wordsOf } from "./sample-sort/keys.ts";
import { bucketOf, fillTable, numberOf, tableLength } from "./sample-sort/splitters.ts";

const usage = `Sample sort of 64-bit keys: splitters from a sample cut the keys into buckets, which are sorted one by one.

  -n N     keys (default 4194304; the paper's 48 * 1024 * 1024 are 50331648)
  -k KIND  uniform, few (eight different keys), skewed (most are small) or sorted (default uniform)
  -r N     seed (default 1)`;

/** Keys of one task of the counting and the moving. */
const blockLength = 1 << 16;
/** A bucket of this length and its copy stay in a core's cache. */
const bucketLength = 1 << 15;
const mostBuckets = 1 << 10;
const samplesPerBucket = 32;

/** What all tasks of one sort share. */
interface Plan {
  readonly keys: BigUint64Array;
  readonly sorted: BigUint64Array;
  readonly splitters: Float64Array;
  readonly table: Int32Array;
  /** Keys by block and bucket; later where the first of them goes. */
  readonly places: Int32Array;
  readonly buckets: number;
}

const countBlock = task(import.meta, (block: number, { keys, splitters, table, places, buckets }: Plan): void => {
  const words = wordsOf(keys);
  const counts = places.subarray(block * buckets, (block + 1) * buckets).fill(0);
  const end = Math.min(keys.length, (block + 1) * blockLength);
  for (let i = block * blockLength; i < end; i++) counts[bucketOf(words[2 * i]!, words[2 * i + 1]!, splitters, table)]!++;
});

const moveBlock = task(import.meta, (block: number, { keys, sorted, splitters, table, places, buckets }: Plan): void => {
  const words = wordsOf(keys);
  const to = wordsOf(sorted);
  const next = places.slice(block * buckets, (block + 1) * buckets);
  const end = Math.min(keys.length, (block + 1) * blockLength);
  for (let i = block * blockLength; i < end; i++) {
    const low = words[2 * i]!;
    const high = words[2 * i + 1]!;
    const at = 2 * next[bucketOf(low, high, splitters, table)]!++;
    to[at] = low;
    to[at + 1] = high;
  }
});

/** A bucket is a short array of the heap, which heddle sorts by its digits; if nearly all keys are in it, it is divided again. */
const sortBucket = task(import.meta, (bucket: number, { sorted, places, buckets }: Plan): void => {
  const end = bucket + 1 < buckets ? places[bucket + 1]! : sorted.length;
  if (end - places[bucket]! > 1) sort(sorted.subarray(places[bucket]!, end)).join();
});

/** From counts to places: bucket after bucket, and in each block after block. */
function placeAll(places: Int32Array, blocks: number, buckets: number): void {
  let next = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    for (let block = 0; block < blocks; block++) {
      const count = places[block * buckets + bucket]!;
      places[block * buckets + bucket] = next;
      next += count;
    }
  }
}

function chooseSplitters(keys: BigUint64Array, splitters: Float64Array): void {
  const words = wordsOf(keys);
  const sample = new Float64Array((splitters.length + 1) * samplesPerBucket);
  let state = 1;
  for (let i = 0; i < sample.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const at = Math.floor((state / 2 ** 32) * keys.length);
    sample[i] = numberOf(words[2 * at]!, words[2 * at + 1]!);
  }
  sample.sort();
  for (let i = 0; i < splitters.length; i++) splitters[i] = sample[(i + 1) * samplesPerBucket]!;
}

/** Sorts `keys` into `sorted`; both are on the heap and of one length. Blocks: for use in a plain task. */
const sampleSort = task(import.meta, function sampleSort(keys: BigUint64Array, sorted: BigUint64Array): void {
  const blocks = Math.ceil(keys.length / blockLength);
  const buckets = Math.min(mostBuckets, Math.max(1, Math.ceil(keys.length / bucketLength)));
  const region = shared.region();
  try {
    const splitters = region.float64(buckets - 1);
    const table = region.int32(tableLength);
    const plan = { keys, sorted, splitters, table, places: region.int32(blocks * buckets), buckets };
    chooseSplitters(keys, splitters);
    fillTable(splitters, table);
    parallelFor(blocks, countBlock, plan).join();
    placeAll(plan.places, blocks, buckets);
    const firsts = plan.places.slice(0, buckets);
    parallelFor(blocks, moveBlock, plan).join();
    plan.places.set(firsts);
    parallelFor(buckets, sortBucket, plan).join();
  } finally {
    region.free();
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
