/** The header of a thing in shared memory that several threads hold: futures, phasers, accumulators. */
import { add, compareExchange, load, sub } from "./atomics.ts";

/** Word offsets. */
export const Obj = {
  /** Waiters, or the result; see waiters.ts. */
  HEAD: 0,
  /** How many threads and messages hold it. */
  REFS: 1,
  TYPE: 2,
  /** The slot that made it. */
  OWNER: 3,
  /** What all threads call it: a whole number in a float64, two words. */
  ID: 4,
  /** Where the rest begins. */
  BODY: 6,
} as const;

export const ObjType = { FUTURE: 1, PHASER: 2, ACCUMULATOR: 3 } as const;

/** Only by who holds it: the count never comes back from 0. */
export function retain(i32: Int32Array, block: number): void {
  add(i32, (block >>> 2) + Obj.REFS, 1);
}

/** As `retain`, for one whose last holder may just be letting go: false when it has. */
export function retainIfHeld(i32: Int32Array, block: number): boolean {
  const word = (block >>> 2) + Obj.REFS;
  for (;;) {
    const seen = load(i32, word);
    if (seen === 0) return false;
    if (compareExchange(i32, word, seen, seen + 1) === seen) return true;
  }
}

/** True when nobody holds it any more: the caller is the last that knows the address. */
export const release = (i32: Int32Array, block: number): boolean => sub(i32, (block >>> 2) + Obj.REFS, 1) === 1;
