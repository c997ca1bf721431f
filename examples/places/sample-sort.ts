import { copy, type GlobalPtr, place, pointerTo, shared, sort, task, whenAll, world } from "heddle";
import { readOptions } from "../lib/options.ts";
import { divide, sampleOf, splittersOf } from "../sample-sort/divide.ts";
import { checkKeys, type Distribution, distributions, fillRandom } from "../sample-sort/keys.ts";

const usage = `Sample sort of 64-bit keys over all places: in the end each place has a part of them in order, and place after place is in order.

  -n N     keys of each place in the beginning (default 1048576)
  -k KIND  uniform, few (eight different keys), skewed (most are small) or sorted (default uniform)
  -r N     seed (default 1)
  -w N     how often it is done before it is timed (default 0)`;

type Keys = BigUint64Array<SharedArrayBuffer>;

const samplesPerPlace = 256;

const divideHere = task(
  import.meta,
  (keys: Keys, divided: Keys, splitters: Float64Array): Int32Array => divide(keys, divided, splitters),
);

/** The keys that one place has for another one. */
interface Piece {
  readonly from: GlobalPtr<Keys>;
  readonly count: number;
}

/**
 * Every place calls it with its keys, on the heap, and gets those that are its part of all keys, in order, in a new array on the heap.
 * All keys of place p are at most as large as those of place p + 1.
 */
export async function sortOverPlaces(keys: Keys): Promise<Keys> {
  const samples = await world.allGather(sampleOf(keys, samplesPerPlace));
  const splitters = splittersOf(concatenated(samples), world.size);

  const divided = shared.bigUint64(keys.length);
  const begins = await divideHere.spawn(keys, divided, splitters);
  const pieces = await world.allToAll(
    Array.from(
      begins,
      (begin, at): Piece => ({
        from: pointerTo(divided).plus(begin),
        count: (begins[at + 1] ?? keys.length) - begin,
      }),
    ),
  );

  const mine = shared.bigUint64(pieces.reduce((sum, { count }) => sum + count, 0));
  let at = 0;
  await whenAll(
    pieces.map(({ from, count }) => {
      at += count;
      return copy(from, mine.subarray(at - count, at), count);
    }),
  );
  const allHaveTheirs = world.barrier();
  await sort(mine);
  await allHaveTheirs;
  shared.free(divided);
  return mine;
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether the keys of all places are in order, and just those of another array that is spread over the places. */
export async function isSorted(sorted: Keys, unsorted: Keys): Promise<boolean> {
  const [after, before] = await Promise.all([checkKeys(sorted), checkKeys(unsorted)]);
  const difference = Float64Array.of(sorted.length - unsorted.length, after.sum - before.sum);
  const [ends, descents, differences] = await Promise.all([
    world.allGather(sorted.length === 0 ? [] : [sorted[0]!, sorted.at(-1)!]),
    world.allReduce(after.descents, "sum"),
    world.allReduce(difference, "sum"),
  ]);
  const inOrder = ends.flat().every((key, i, all) => i === 0 || all[i - 1]! <= key);
  return inOrder && descents === 0 && differences.every((it) => it === 0);
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 1 << 20, k: "uniform", r: 1, w: 0 });
  if (!options) return;
  const { n, k: kind, r: seed, w: warm } = options;
  if (!(distributions as readonly string[]).includes(kind)) {
    throw new RangeError(`-k must be one of ${distributions.join(", ")}, not ${kind}`);
  }
  const keys = shared.bigUint64(n);
  await fillRandom(keys, seed * world.size + place(), kind as Distribution);
  for (let i = 0; i < warm; i++) shared.free(await sortOverPlaces(keys));
  await world.barrier();
  const begin = performance.now();
  const sorted = await sortOverPlaces(keys);
  await world.barrier();
  const ms = performance.now() - begin;
  const right = await isSorted(sorted, keys);
  const most = await world.allReduce(sorted.length, "max");
  shared.free(keys);
  shared.free(sorted);
  if (!right) process.exitCode = 1;
  if (place() !== 0) return;
  const total = n * world.size;
  console.log(`${total} keys in ${ms.toFixed(0)} ms: ${(total / ms / 1000).toFixed(1)} million keys/s, ${right ? "verified" : "WRONG"}
largest part ${most} keys, ${(most / Math.max(n, 1)).toFixed(3)} of the mean`);
}
