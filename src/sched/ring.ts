/**
 * The shared part of the split deque: a ring of cell addresses. Its owner pushes and pops at the bottom; thieves take
 * from the top by compare-and-swap (Chase and Lev, SPAA 2005, with a fixed capacity). Two handles over the same words,
 * so that only the owner can push. See README.md, "The ring".
 */
import { compareExchange, load, store } from "../shared/atomics.ts";
import { RING_CAPACITY, Ring } from "../shared/layout.ts";

export class RingOwner {
  readonly #i32: Int32Array;
  readonly #top: number;
  readonly #bottom: number;
  readonly #items: number;
  readonly #mask: number;
  /** A top that was read before: the ring holds at most what lies between it and the bottom. Thieves write the word that has the real one. */
  #seen: number;

  /** `word` is the ring's first word; `capacity` a power of two (smaller than the real one under the explorer). */
  constructor(i32: Int32Array, word: number, capacity: number = RING_CAPACITY) {
    this.#i32 = i32;
    this.#top = word + Ring.TOP;
    this.#bottom = word + Ring.BOTTOM;
    this.#items = word + Ring.ITEMS;
    this.#mask = capacity - 1;
    this.#seen = i32[this.#top]!;
  }

  /** How many cells thieves can take; possibly fewer by the time the answer is used, never more. */
  size(): number {
    return (this.#i32[this.#bottom]! - this.#i32[this.#top]!) | 0;
  }

  /** Whether thieves can take so many cells. */
  holds(count: number): boolean {
    const bottom = this.#i32[this.#bottom]!;
    if (((bottom - this.#seen) | 0) < count) return false;
    this.#seen = this.#i32[this.#top]!; // plain: an old value only says that there are more
    return ((bottom - this.#seen) | 0) >= count;
  }

  /** False when the ring is full. */
  push(cell: number): boolean {
    const bottom = this.#i32[this.#bottom]!; // plain: only this thread writes it
    if (((bottom - this.#seen) | 0) > this.#mask) {
      this.#seen = load(this.#i32, this.#top);
      if (((bottom - this.#seen) | 0) > this.#mask) return false;
    }
    this.#i32[this.#items + (bottom & this.#mask)] = cell;
    store(this.#i32, this.#bottom, (bottom + 1) | 0); // publishes the item; pairs with the load in `steal`
    return true;
  }

  /** The cell that a pop would take, without taking it; 0 when empty. A thief may still take it first. */
  peek(): number {
    const bottom = this.#i32[this.#bottom]!;
    if (((bottom - load(this.#i32, this.#top)) | 0) <= 0) return 0;
    return this.#i32[this.#items + ((bottom - 1) & this.#mask)]!;
  }

  /** The newest cell, 0 when empty or when a thief took the last one. */
  pop(): number {
    const bottom = (this.#i32[this.#bottom]! - 1) | 0;
    store(this.#i32, this.#bottom, bottom);
    const top = load(this.#i32, this.#top);
    const left = (bottom - top) | 0;
    if (left > 0) return this.#i32[this.#items + (bottom & this.#mask)]!;
    let cell = 0;
    if (left === 0) {
      const last = this.#i32[this.#items + (bottom & this.#mask)]!;
      if (compareExchange(this.#i32, this.#top, top, (top + 1) | 0) === top) cell = last;
    }
    store(this.#i32, this.#bottom, (bottom + 1) | 0);
    return cell;
  }
}

/** What a thief found: a cell's address, or one of these. */
export const EMPTY = 0;
/** Another thread won the race; the ring may hold more. */
export const RETRY = -1;
/** The oldest cell is not for this thief. */
export const REFUSED = -2;

export class RingThief {
  readonly #i32: Int32Array;
  readonly #top: number;
  readonly #bottom: number;
  readonly #items: number;
  readonly #mask: number;

  constructor(i32: Int32Array, word: number, capacity: number = RING_CAPACITY) {
    this.#i32 = i32;
    this.#top = word + Ring.TOP;
    this.#bottom = word + Ring.BOTTOM;
    this.#items = word + Ring.ITEMS;
    this.#mask = capacity - 1;
  }

  /** A plain, possibly stale look: for deciding where to steal, not for deciding to sleep. */
  looksEmpty(): boolean {
    return ((this.#i32[this.#bottom]! - this.#i32[this.#top]!) | 0) <= 0;
  }

  isEmpty(): boolean {
    const top = load(this.#i32, this.#top);
    return ((load(this.#i32, this.#bottom) - top) | 0) <= 0;
  }

  /**
   * Takes the oldest cell if `accept` says yes to it. `accept` may look at a cell that another thread is taking at the
   * same moment; its answer counts only if the compare-and-swap then succeeds, and in that case the cell was in the ring throughout.
   */
  steal(accept: (cell: number) => boolean): number {
    const top = load(this.#i32, this.#top);
    if (((load(this.#i32, this.#bottom) - top) | 0) <= 0) return EMPTY;
    const cell = this.#i32[this.#items + (top & this.#mask)]!;
    if (!accept(cell)) return REFUSED;
    return compareExchange(this.#i32, this.#top, top, (top + 1) | 0) === top ? cell : RETRY;
  }
}
