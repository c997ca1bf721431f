/**
 * The mailbox of a slot: a list of messages in shared memory that any thread may add to and only its owner takes from.
 * See ../sched/README.md, "Mailbox".
 */
import { compareExchange, exchange, load, store } from "./atomics.ts";

/** Every message starts with these two words; the rest depends on the kind. */
export const Message = { NEXT: 0, KIND: 1 } as const;

export const MessageKind = {
  /** A task cell: on its way to a worker that it was sent to, or home to the slot that promoted it. */
  CELL: 1,
  /** A settled or advanced object wakes a local waiter; see waiters.ts. */
  WAKE: 2,
  /** A task failed, nobody waits for it: slot 0 reports it. */
  UNHANDLED: 3,
  /** Asks the owner of a future for its cancellation; see ../task/shared-future.ts. */
  CANCEL: 4,
  /** The waiter of a phaser is to run the action at the phase boundary; see ../task/phaser-word.ts. */
  SINGLE: 5,
  /** A cell for another place, on its way to the communication thread. The ring it would go to and the place lie in the same word. */
  AWAY: 6,
  /** News between the communication thread and the main thread; see ../place/messages.ts. */
  PLACE: 7,
  /** Asks the communication thread for something, and its answer; see ../place/requests.ts. */
  ASK: 8,
  ANSWER: 9,
  /** Asks a thread what it does and waits for, and brings the answer back; see ../stuck/README.md. */
  EXPLAIN: 10,
  /** About a future of another place, for the communication thread; see ../task/far-future.ts. */
  FAR_FUTURE: 11,
  /** The communication thread needs the outcome of a future in the form for other places; see ../task/far-future.ts. */
  ENCODE: 12,
  /** About a phaser that other places know, for the communication thread; see ../place/phasers.ts. */
  PHASER: 13,
  /** A cell that calls an object, on its way to the worker that has the object. */
  CALL: 14,
  /** Such a call has ended; see ../place/mobile/README.md. */
  CALL_ENDED: 15,
  /** Operations on single elements of another place, for the communication thread, and what became of them; see ../place/memory/batch.ts. */
  BATCH: 16,
} as const;

/** KIND of a cell for another place: its kind, then the ring, then the place. */
export const awayKind = (ring: number, place: number): number => MessageKind.AWAY | (ring << 8) | (place << 16);
/** Stands for a place where it is left open: distributed work stealing decides. */
export const ANYWHERE = 0xffff;
/** Stands for the place where an object is, whichever that is at the time. */
export const OF_OBJECT = 0xfffe;
export const kindOf = (word: number): number => word & 0xff;
export const ringOfAway = (word: number): number => (word >>> 8) & 0xff;
export const placeOfAway = (word: number): number => word >>> 16;

/**
 * Any thread, any time. `box` is the word of the mailbox, `node` the address of a message that is in no other list. First sets the
 * word `mark`, if one is given, to `value`: that tells others that the message has been posted. A thread that is ended from outside
 * stops where it enters a function or goes round a loop, so between the two only if another thread posts at the same moment.
 */
export function post(i32: Int32Array, box: number, node: number, mark = 0, value = 0): void {
  const next = (node >>> 2) + Message.NEXT;
  if (mark !== 0) store(i32, mark, value);
  for (;;) {
    const head = load(i32, box);
    i32[next] = head; // plain: the node is still ours; the compare-exchange below publishes it
    if (compareExchange(i32, box, head, node | 0) === head) return;
  }
}

/** Only the owner. The address of the oldest message, linked to the newer ones by NEXT; 0 when there is none. */
export function takeAll(i32: Int32Array, box: number): number {
  let node = exchange(i32, box, 0);
  let oldest = 0;
  while (node !== 0) {
    const next = (node >>> 2) + Message.NEXT;
    const newer = i32[next]!; // plain: whoever posted this node published it before the exchange above
    i32[next] = oldest;
    oldest = node;
    node = newer;
  }
  return oldest >>> 0;
}

/** The message after `node` in a list that `takeAll` returned. Read it before handing the node on. */
export const following = (i32: Int32Array, node: number): number => i32[(node >>> 2) + Message.NEXT]! >>> 0;
