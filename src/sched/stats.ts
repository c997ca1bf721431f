/** The counters that each slot publishes: written by its owner now and then, read by anybody, so always a little late. */
import { RINGS, Ring, ringWord, Slot, slotWord } from "../shared/layout.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { Park } from "./parking.ts";

export interface Counters {
  /** Task bodies begun here. */
  executed: number;
  /** Tasks that were moved into shared memory. */
  promoted: number;
  /** Cells taken from other slots. */
  stolen: number;
  /** Times that the thread went to sleep. */
  parked: number;
}

const FIELDS = ["executed", "promoted", "stolen", "parked"] as const;
const index = (slot: number): number => (slotWord(slot) + Slot.COUNTERS) >>> 1;

export function publishCounters(mem: SharedMemory, slot: number, counters: Counters): void {
  FIELDS.forEach((field, i) => {
    mem.f64[index(slot) + i] = counters[field];
  });
}

export function readCounters(mem: SharedMemory, slot: number): Counters {
  const [executed, promoted, stolen, parked] = FIELDS.map((_, i) => mem.f64[index(slot) + i]!) as [
    number,
    number,
    number,
    number,
  ];
  return { executed, promoted, stolen, parked };
}

/** How many tasks lie in the private deque of the slot's worker, which nobody else sees. */
export function publishPrivate(mem: SharedMemory, slot: number, tasks: number): void {
  mem.f64[index(slot) + FIELDS.length] = tasks;
}
export const readPrivate = (mem: SharedMemory, slot: number): number => mem.f64[index(slot) + FIELDS.length]!;

/** How many workers sleep with nothing to do, at this moment or the one before. */
export function countIdle(i32: Int32Array, workers: number): number {
  let idle = 0;
  for (let slot = 1; slot <= workers; slot++) if (i32[slotWord(slot) + Slot.PARK] === Park.IDLE) idle++;
  return idle;
}

/** How many cells lie in rings. */
export function countStealable(i32: Int32Array, workers: number): number {
  let cells = 0;
  for (let slot = 0; workers > 0 && slot <= workers; slot++) {
    for (let ring = 0; ring < RINGS; ring++) {
      const word = ringWord(slot, ring);
      cells += Math.max(0, (i32[word + Ring.BOTTOM]! - i32[word + Ring.TOP]!) | 0); // plain: a figure, nothing follows from it
    }
  }
  return cells;
}
