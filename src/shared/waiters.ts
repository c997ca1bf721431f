/**
 * A list of waiters in shared memory, ended by a result: one word holds either the newest waiter's address or, once and for
 * good, the address of the result with the lowest bit set. A waiter is a message that its slot will find in its mailbox.
 * See ../task/README.md, "Settling".
 */
import { compareExchange, load } from "./atomics.ts";
import { following, Message, type MessageKind } from "./mailbox.ts";

/** Word offsets in a waiter, behind the header of every message. */
export const Waiter = {
  /** The slot whose thread waits. */
  SLOT: 2,
  /** What that thread calls it. */
  ID: 3,
  /** A phaser's: the phase whose beginning it waits for. */
  PHASE: 4,
} as const;

export const WAITER_BYTES = 32;

const CLOSED = 1;

/** What `close` returns when somebody else has closed the list. */
export const LOST = -1;

export function writeWaiter(
  i32: Int32Array,
  node: number,
  kind: (typeof MessageKind)[keyof typeof MessageKind],
  slot: number,
  id: number,
): void {
  const word = node >>> 2;
  i32[word + Message.KIND] = kind;
  i32[word + Waiter.SLOT] = slot;
  i32[word + Waiter.ID] = id;
}

/** Adds a waiter. False when the list is closed; the node is still the caller's then. */
export function subscribe(i32: Int32Array, head: number, node: number): boolean {
  const next = (node >>> 2) + Message.NEXT;
  for (;;) {
    const seen = load(i32, head);
    if ((seen & CLOSED) !== 0) return false;
    i32[next] = seen; // plain: the node is still ours; the compare-exchange below publishes it
    if (compareExchange(i32, head, seen, node | 0) === seen) return true;
  }
}

/** Closes the list with a result. The waiters that were in it, oldest first, linked by NEXT; LOST when it was closed before. */
export function close(i32: Int32Array, head: number, result: number): number {
  for (;;) {
    const seen = load(i32, head);
    if ((seen & CLOSED) !== 0) return LOST;
    if (compareExchange(i32, head, seen, result | CLOSED) === seen) return oldestFirst(i32, seen);
  }
}

/** The result that the list was closed with; 0 while it is open. */
export function resultOf(i32: Int32Array, head: number): number {
  const seen = load(i32, head);
  return (seen & CLOSED) === 0 ? 0 : (seen & ~CLOSED) >>> 0;
}

/** Takes all waiters out of a list that stays open, oldest first; none when it is closed. */
export function takeWaiters(i32: Int32Array, head: number): number {
  for (;;) {
    const seen = load(i32, head);
    if (seen === 0 || (seen & CLOSED) !== 0) return 0;
    if (compareExchange(i32, head, seen, 0) === seen) return oldestFirst(i32, seen);
  }
}

/** Calls `visit` with each waiter of a list that was taken; `visit` may post it, free it or put it into another list. */
export function eachWaiter(i32: Int32Array, list: number, visit: (node: number, slot: number) => void): void {
  while (list > 0) {
    const next = following(i32, list);
    visit(list, i32[(list >>> 2) + Waiter.SLOT]!);
    list = next;
  }
}

function oldestFirst(i32: Int32Array, newest: number): number {
  let oldest = 0;
  let node = newest;
  while (node !== 0) {
    const next = (node >>> 2) + Message.NEXT;
    const newer = i32[next]!; // plain: whoever added this node published it before the head was taken
    i32[next] = oldest;
    oldest = node;
    node = newer;
  }
  return oldest >>> 0;
}
