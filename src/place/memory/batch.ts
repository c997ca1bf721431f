/**
 * Operations on single elements of one place, in a block of the heap that the thread which wants them goes on filling until the communication thread
 * takes it. See README.md, "Batches".
 */
import { compareExchange, load, or } from "../../shared/atomics.ts";

/**
 * Word offsets behind the header of a message. COUNT: how many entries there are, and whether it has been taken. FAILURES, in the answer: a block of
 * `Values.writeBlock`, 0 for none.
 */
export const Batch = { ID: 2, SLOT: 3, PLACE: 4, COUNT: 5, CAPACITY: 6, FAILURES: 7 } as const;
/** Word offsets in an entry. CODE: the operation, shifted, and the kind of the element. OPERAND: 8 bytes; in the answer what was there before. */
export const Entry = { BLOCK: 0, STAMP: 1, OFFSET: 2, CODE: 3, OPERAND: 4 } as const;
export const BATCH_HEADER = 32;
export const ENTRY_BYTES = 24;
export const OPERATION_SHIFT = 8;

const TAKEN = 1 << 30;

export const entryAt = (node: number, index: number): number => node + BATCH_HEADER + index * ENTRY_BYTES;

/** Who fills it: adds entry number `count`, which has been written. False when the batch was taken before: the entry is no part of it. */
export function publish(i32: Int32Array, node: number, count: number): boolean {
  return compareExchange(i32, (node >>> 2) + Batch.COUNT, count, count + 1) === count;
}

/** The communication thread: how many entries there are so far. */
export const countSoFar = (i32: Int32Array, node: number): number => load(i32, (node >>> 2) + Batch.COUNT);

/** The communication thread, once: from now on nothing is added. How many entries there are. */
export const take = (i32: Int32Array, node: number): number => or(i32, (node >>> 2) + Batch.COUNT, TAKEN);
