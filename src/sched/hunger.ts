/** Who is hungry: the words that a worker writes about itself, and what those who may feed it read. See README.md, "Promotion". */
import { Control, Slot, slotWord } from "../shared/layout.ts";

/** In the word HUNGRY of a slot; the word HUNGRY of the control block counts the slots where it is not NONE. */
export const Hunger = { NONE: 0, COUNTED: 1, LOOKING: 2 } as const;

/** A plain store, of the slot's own worker: who reads an old value promotes one task too many, or at the next spawn. */
export function noteHunger(i32: Int32Array, slot: number, hunger: number): void {
  i32[slotWord(slot) + Slot.HUNGRY] = hunger;
}

/** How many workers beside `own` have nothing to run, at most `most`. Plain reads, none while nobody is counted. */
export function countLooking(i32: Int32Array, slots: number, own: number, most: number): number {
  let found = 0;
  if (i32[Control.HUNGRY] === 0) return found;
  for (let slot = 1; slot < slots && found < most; slot++) {
    if (slot !== own && i32[slotWord(slot) + Slot.HUNGRY] === Hunger.LOOKING) found++;
  }
  return found;
}
