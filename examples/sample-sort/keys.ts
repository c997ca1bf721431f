/** Repeatable random keys, and what must be the same before and after sorting. */
import { parallelFor, reduce, task } from "heddle";

export const wordsOf = (keys: BigUint64Array): Uint32Array => new Uint32Array(keys.buffer, keys.byteOffset, 2 * keys.length);

/** How keys are distributed: over all 64 bits, over few different keys, most of them small, or in order already. */
export const distributions = ["uniform", "few", "skewed", "sorted"] as const;
export type Distribution = (typeof distributions)[number];

const fillBlock = task(import.meta, (lo: number, hi: number, keys: BigUint64Array, seed: number, kind: Distribution): void => {
  const words = wordsOf(keys);
  for (let i = lo; i < hi; i++) {
    const low = mix(2 * i + seed);
    const high = mix(2 * i + 1 + seed);
    words[2 * i] = kind === "sorted" ? i : kind === "few" ? 0 : low;
    words[2 * i + 1] = kind === "sorted" ? 0 : kind === "few" ? high & 7 : kind === "skewed" ? high >>> (low & 31) : high;
  }
});

/** Fills `keys` on the heap; every number of workers makes the same. */
export async function fillRandom(keys: BigUint64Array, seed: number, kind: Distribution = "uniform"): Promise<void> {
  await parallelFor.blocks(keys.length, fillBlock, keys, Math.imul(seed, 0x9e37_79b9), kind);
}

/** Spreads 32 bits (the finalizer of MurmurHash3). */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

export interface Check {
  /** Positions whose key is less than the one before. */
  readonly descents: number;
  /** A sum over all keys in any order, which two different multisets hardly share. */
  readonly sum: number;
}

const blockLength = 1 << 16;

const checkBlock = task(import.meta, (block: number, keys: BigUint64Array): Check => {
  const words = wordsOf(keys);
  const end = Math.min(keys.length, (block + 1) * blockLength);
  let [descents, sum] = [0, 0];
  for (let i = block * blockLength; i < end; i++) {
    const [low, high] = [words[2 * i]!, words[2 * i + 1]!];
    if (i > 0) {
      const before = words[2 * i - 1]!;
      if (before > high || (before === high && words[2 * i - 2]! > low)) descents++;
    }
    sum += mix(mix(low) ^ high) & 0xf_ffff;
  }
  return { descents, sum };
});

const addChecks = task(import.meta, (a: Check, b: Check): Check => ({ descents: a.descents + b.descents, sum: a.sum + b.sum }));

export async function checkKeys(keys: BigUint64Array): Promise<Check> {
  const how = { identity: { descents: 0, sum: 0 }, map: checkBlock, combine: addChecks };
  return await reduce(Math.ceil(keys.length / blockLength), how, keys);
}
