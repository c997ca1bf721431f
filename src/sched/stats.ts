/** The counters that each slot publishes: written by its owner now and then, read by anybody, so always a little late. */
import { Slot, slotWord } from "../shared/layout.ts";
import type { SharedMemory } from "../shared/memory.ts";

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
