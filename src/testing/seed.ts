import { UsageError } from "../errors.ts";

const UINT32 = 0x1_0000_0000;

/**
 * A small seeded generator (xoshiro128**, Blackman and Vigna 2018; its state is filled by splitmix32). The same seed gives the
 * same numbers on every engine. Its four words of state may lie in shared memory, so that several threads draw from one sequence, one
 * at a time.
 */
export class Random {
  readonly #state: Int32Array;

  constructor(state: Int32Array = new Int32Array(4)) {
    this.#state = state;
  }

  static from(seed: number): Random {
    return new Random().reseed(seed);
  }

  /** Starts the sequence of `seed`, an integer of 32 bits. */
  reseed(seed: number): this {
    let x = seed | 0;
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) | 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#state[i] = z ^ (z >>> 15);
    }
    return this;
  }

  /** An integer from 0 to 2**32 - 1. */
  uint32(): number {
    const s = this.#state;
    const b = s[1]!;
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    s[2]! ^= s[0]!;
    s[3]! ^= b;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= b << 9;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  /** A number from 0 up to, not including, 1. */
  next(): number {
    return this.uint32() / UINT32;
  }

  /** An integer from 0 up to, not including, `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** Shuffles in place (Fisher and Yates) and returns the same array. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = items[i]!;
      items[i] = items[j]!;
      items[j] = held;
    }
    return items;
  }
}

/** The environment variable's value as an integer of 32 bits without sign, or undefined where it is not set. */
export function integerFromEnvironment(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value >= UINT32) {
    throw new UsageError(`${name}=${text}: expected an integer from 0 to ${UINT32 - 1}`);
  }
  return value;
}

/** HEDDLE_SEED if it is set, else `seed` if it is given, else a seed made from the clock. */
export function chooseSeed(seed?: number): number {
  return integerFromEnvironment("HEDDLE_SEED") ?? seed ?? Math.floor(Date.now() * 7919) % UINT32;
}

/**
 * Runs `body` with a generator seeded as `chooseSeed` says. Where `body` throws, prints the seed and how to repeat the run, then
 * throws the same error.
 */
export async function withSeed<T>(body: (random: Random, seed: number) => T | Promise<T>, seed?: number): Promise<T> {
  const chosen = chooseSeed(seed);
  try {
    return await body(Random.from(chosen), chosen);
  } catch (error) {
    console.error(`seed ${chosen}: HEDDLE_SEED=${chosen} repeats this run`);
    throw error;
  }
}
