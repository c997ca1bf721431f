/** Moves keys into buckets: the keys of one bucket lie together, before those of the next. */
import { parallelFor, shared, task } from "heddle";
import { wordsOf } from "./keys.ts";
import { bucketOf, fillTable, numberOf, tableLength } from "./splitters.ts";

/** Keys of one task of the counting and the moving. */
const blockLength = 1 << 16;

/** What all tasks share. */
interface Plan {
  readonly keys: BigUint64Array;
  readonly divided: BigUint64Array;
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

const moveBlock = task(import.meta, (block: number, { keys, divided, splitters, table, places, buckets }: Plan): void => {
  const words = wordsOf(keys);
  const to = wordsOf(divided);
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

/** `count` keys chosen at random, as numbers. */
export function sampleOf(keys: BigUint64Array, count: number): Float64Array {
  const words = wordsOf(keys);
  const sample = new Float64Array(keys.length === 0 ? 0 : count);
  let state = 1;
  for (let i = 0; i < sample.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const at = Math.floor((state / 2 ** 32) * keys.length);
    sample[i] = numberOf(words[2 * at]!, words[2 * at + 1]!);
  }
  return sample;
}

/** The keys that cut a sample into so many buckets of one size. It sorts the sample. */
export function splittersOf(sample: Float64Array, buckets: number): Float64Array {
  sample.sort();
  return Float64Array.from({ length: buckets - 1 }, (_, i) => sample[Math.floor(((i + 1) * sample.length) / buckets)] ?? 0);
}

/** From `keys` to `divided`, both on the heap, by all workers: where each bucket begins. Blocks: for use in a plain task. */
export function divide(keys: BigUint64Array, divided: BigUint64Array, splitters: Float64Array): Int32Array {
  const blocks = Math.max(1, Math.ceil(keys.length / blockLength));
  const buckets = splitters.length + 1;
  const region = shared.region();
  try {
    const [own, table, places] = [region.float64(buckets - 1), region.int32(tableLength), region.int32(blocks * buckets)];
    own.set(splitters);
    fillTable(own, table);
    const plan: Plan = { keys, divided, splitters: own, table, places, buckets };
    parallelFor(blocks, countBlock, plan).join();
    placeAll(places, blocks, buckets);
    const begins = Int32Array.from(places.subarray(0, buckets));
    parallelFor(blocks, moveBlock, plan).join();
    return begins;
  } finally {
    region.free();
  }
}
