import { HeapError, InvariantError, OutOfMemoryError, UsageError } from "../../errors.ts";
import { load, store } from "../atomics.ts";
import { MAX_SLOTS } from "../layout.ts";
import type { SharedMemory } from "../memory.ts";
import { Blocks } from "./blocks.ts";
import { Cache, CLASSES, DEPTH, SMALL_BYTES } from "./cache.ts";
import { Lock } from "./lock.ts";
import { rebuild } from "./rebuild.ts";
import {
  Block,
  CACHE_WORDS,
  CACHED_BLOCKS,
  CACHED_UNITS_SHIFT,
  HeapWord,
  liveState,
  MIN_UNITS,
  STAMP_CACHED,
  STAMP_STEP,
  UNIT_BYTES,
  UNIT_WORDS,
} from "./words.ts";

/** Blocks fetched under one lock when the cache has none of their class. */
const BATCH = 16;

/** Up to this many units are zeroed by a loop, more by `fill`. */
const LOOP_UNITS = 16;

/** Where a heap lies in its memory. The same for every thread. */
export interface HeapPlace {
  /** Index of the heap's first control word; HEAP_WORDS of them, all zero at first. */
  readonly words: number;
  /** Byte addresses of the memory that the heap hands out; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface HeapOptions extends HeapPlace {
  /** This thread's number, 0 to 128; no two living threads have the same. */
  readonly slot: number;
  /** Whether this thread may sleep in `Atomics.wait`. A page's main thread must not. Default true. */
  readonly canBlock?: boolean;
  /** How many freed blocks of each small size this thread keeps for itself, at most 128; 0 turns its cache off. */
  readonly cacheBlocks?: number;
  /** How often this thread looks at a taken lock before it sleeps, 100 unless given. */
  readonly spins?: number;
}

/** Figures of use, in bytes. `used + free === capacity`. Every block counts with its header of 16 bytes. */
export interface HeapUsage {
  /** In blocks that were handed out and not freed. */
  readonly used: number;
  /** The most that was ever handed out at once; small blocks in caches count as handed out here. */
  readonly peak: number;
  readonly free: number;
  /** The part of `free` that lies in the threads' own caches of small blocks. */
  readonly cached: number;
  /** How many blocks `used` counts. */
  readonly blocks: number;
  readonly capacity: number;
}

/**
 * The allocator of a runtime's shared memory, as one thread sees it. Each thread makes its own Heap on the same place;
 * a block may be freed by another thread than the one that allocated it.
 *
 * Calls can wait for one another briefly (a lock), never for user code. The protocol is in README.md.
 */
export class Heap {
  readonly #f64: Float64Array;
  readonly #i32: Int32Array;
  readonly #words: number;
  readonly #first: number;
  readonly #last: number;
  readonly #blocks: Blocks;
  readonly #lock: Lock;
  readonly #cache: Cache;
  #stamp: number;

  constructor(mem: SharedMemory, options: HeapOptions) {
    const { words, slot, canBlock = true, cacheBlocks = DEPTH, spins } = options;
    if (!(Number.isInteger(slot) && slot >= 0 && slot < MAX_SLOTS)) {
      throw new InvariantError(`Heap: slot is ${slot}; it must be 0 to ${MAX_SLOTS - 1}`);
    }
    this.#f64 = mem.f64;
    this.#i32 = mem.i32;
    this.#words = words;
    this.#blocks = new Blocks(mem, words);
    this.#first = this.#blocks.first;
    this.#last = this.#blocks.last;
    const { first, last } = unitsOf(options);
    if (first !== this.#first || last !== this.#last) {
      throw new InvariantError(
        `Heap: asked for units ${first} to ${last}, but the memory was formatted for ${this.#first} to ${this.#last}`,
      );
    }
    this.#lock = new Lock(mem.i32, words + HeapWord.LOCK, slot, canBlock, spins);
    this.#cache = new Cache(mem, words, slot, cacheBlocks);
    this.#stamp = slot + 1;
  }

  /** Prepares zeroed memory as an empty heap: once, before any thread attaches. */
  static format(mem: SharedMemory, place: HeapPlace): void {
    const { first, last } = unitsOf(place);
    if (first < 1 || last - first < MIN_UNITS || place.end > mem.buffer.byteLength) {
      throw new UsageError(
        `A heap cannot lie from byte ${place.start} to byte ${place.end} of a memory of ${mem.buffer.byteLength} bytes`,
      );
    }
    const { i32 } = mem;
    i32[place.words + HeapWord.FIRST] = first;
    i32[place.words + HeapWord.LAST] = last;
    i32[place.words + HeapWord.WATER] = first + MIN_UNITS;
    i32[first * UNIT_WORDS + Block.SIZE] = last - first;
    i32[last * UNIT_WORDS + Block.SIZE] = 1;
    i32[last * UNIT_WORDS + Block.STATE] = liveState(last);
    rebuild(new Blocks(mem, place.words));
  }

  /**
   * A block of at least `bytes`; its byte address, a multiple of 16. With `zero` its bytes are 0, otherwise they are
   * whatever was there. Throws OutOfMemoryError when no free block is large enough.
   */
  alloc(bytes: number, zero = false): number {
    if (bytes >= 0 && bytes <= SMALL_BYTES) {
      const size = (bytes + 15) >> 4 || 1;
      const unit = this.#cache.pop(size);
      if (unit !== 0) {
        this.#i32[unit * UNIT_WORDS + Block.STAMP] = this.#stamp = (this.#stamp + STAMP_STEP) | 0;
        if (zero) this.#zero(unit + 1, unit + 1 + size);
        return (unit + 1) * UNIT_BYTES;
      }
    }
    return this.#fetch(bytes, zero);
  }

  /** Gives a block back. Throws HeapError when no live block begins at `address`: freed before, or never allocated. */
  free(address: number): void {
    const unit = this.#liveUnit(address);
    if (unit === 0) {
      throw new HeapError(
        `No block of the heap begins at address ${address}: it was freed before, or it is not what was allocated but a part of it.`,
      );
    }
    const size = this.#sizeOf(unit) - 1;
    if (size > CLASSES || !this.#cache.push(size, unit)) this.#release(unit, size);
  }

  /**
   * A number that tells this use of the block from later ones at the same address, for `freeStamped`; 0 when no live
   * block begins there. It repeats after 8 million allocations by the same thread.
   */
  stampOf(address: number): number {
    const unit = this.#liveUnit(address);
    return unit === 0 ? 0 : this.#i32[unit * UNIT_WORDS + Block.STAMP]!;
  }

  /** How many bytes the live block that begins there has room for, at least as many as were asked for; 0 when there is none. */
  bytesOf(address: number): number {
    const unit = this.#liveUnit(address);
    return unit === 0 ? 0 : (this.#sizeOf(unit) - 1) * UNIT_BYTES;
  }

  /** Frees the block unless it has been freed since `stampOf` gave `stamp`; true if it did. */
  freeStamped(address: number, stamp: number): boolean {
    if (stamp === 0 || this.stampOf(address) !== stamp) return false;
    this.free(address);
    return true;
  }

  /** Gives the blocks in this thread's cache back to the heap. A thread that ends calls it last. */
  flush(): void {
    this.#acquire();
    try {
      this.#flush();
      this.#finish();
    } finally {
      this.#lock.release();
    }
  }

  /** Exact when the other threads are at rest; while they allocate small blocks, it may be late by those. */
  usage(): HeapUsage {
    const i32 = this.#i32;
    const words = this.#words;
    let cached = 0;
    let cachedBlocks = 0;
    this.#acquire();
    try {
      for (let slot = 0; slot < MAX_SLOTS; slot++) {
        const held = load(i32, words + HeapWord.CACHES + slot * CACHE_WORDS);
        cached += held >>> CACHED_UNITS_SHIFT;
        cachedBlocks += held & CACHED_BLOCKS;
      }
      const used = (i32[words + HeapWord.TAKEN]! - cached) * UNIT_BYTES;
      const capacity = (this.#last - this.#first) * UNIT_BYTES;
      const peak = i32[words + HeapWord.PEAK]! * UNIT_BYTES;
      const blocks = i32[words + HeapWord.BLOCKS]! - cachedBlocks;
      this.#finish();
      return { used, peak, free: capacity - used, cached: cached * UNIT_BYTES, blocks, capacity };
    } finally {
      this.#lock.release();
    }
  }

  /**
   * Clears up after the thread of `slot` has died, before another thread gets its slot: takes over the lock if that
   * thread held it, undoes or completes what it was doing, and frees the blocks in its cache. Blocks that it had been
   * given stay allocated. Says whether the heap had to be repaired.
   */
  recover(slot: number): "held the lock" | "had cached blocks" | "nothing to do" {
    const held = this.#lock.takeFrom(slot);
    const cacheWord = this.#words + HeapWord.CACHES + slot * CACHE_WORDS;
    if (!held && load(this.#i32, cacheWord) === 0) return "nothing to do";
    if (!held) this.#lock.acquire();
    try {
      this.#i32[this.#words + HeapWord.DIRTY] = 1;
      rebuild(this.#blocks, slot);
      store(this.#i32, cacheWord, 0);
      this.#finish();
    } finally {
      this.#lock.release();
    }
    return held ? "held the lock" : "had cached blocks";
  }

  /**
   * Slot 0's thread is told of a death by its event loop, which does not turn while it waits for the lock. So while it waits it
   * asks `hasEnded` about the holder, and recovers the heap at once if that says yes.
   */
  recoverFromEnded(hasEnded: (slot: number) => boolean): void {
    this.#lock.onWaiting = (slot) => {
      if (hasEnded(slot)) this.recover(slot);
    };
  }

  /** The unit of the live block whose payload begins at `address`, else 0. */
  #liveUnit(address: number): number {
    const unit = (address >>> 4) - 1;
    if ((unit + 1) * UNIT_BYTES !== address || unit < this.#first || unit >= this.#last) return 0;
    const at = unit * UNIT_WORDS;
    return this.#i32[at + Block.STATE] === liveState(unit) && !(this.#i32[at + Block.STAMP]! & STAMP_CACHED) ? unit : 0;
  }

  /** Takes the lock, and repairs what its last holder left unfinished (it died, or ran out of stack). */
  #acquire(): void {
    this.#lock.acquire();
    const dirty = this.#words + HeapWord.DIRTY;
    if (this.#i32[dirty] === 0) {
      this.#i32[dirty] = 1;
      return;
    }
    try {
      rebuild(this.#blocks);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** Says that the change is complete, so that the next holder need not repair. */
  #finish(): void {
    this.#i32[this.#words + HeapWord.DIRTY] = 0;
  }

  #fetch(bytes: number, zero: boolean): number {
    if (!(bytes >= 0)) throw new UsageError(`alloc: ${bytes} is not a number of bytes`);
    const size = Math.max(1, Math.ceil(bytes / UNIT_BYTES));
    this.#acquire();
    let unit = 0;
    let largest = 0;
    let water = 0;
    try {
      water = this.#blocks.water;
      if (size < this.#last - this.#first) {
        unit = this.#blocks.take(size + 1);
        if (unit === 0) {
          this.#flush();
          unit = this.#blocks.take(size + 1);
        }
      }
      if (unit !== 0) {
        this.#i32[unit * UNIT_WORDS + Block.STAMP] = this.#stamp = (this.#stamp + STAMP_STEP) | 0;
        if (size <= CLASSES) this.#stock(size);
      } else {
        largest = this.#blocks.largest();
      }
      this.#finish();
    } finally {
      this.#lock.release();
    }
    if (unit === 0) throw this.#outOfMemory(bytes, largest);
    if (zero) this.#zero(unit + 1, Math.min(unit + this.#sizeOf(unit), water));
    return (unit + 1) * UNIT_BYTES;
  }

  /** Fills half of a class, at most BATCH blocks. Under the lock. */
  #stock(size: number): void {
    for (let n = Math.min(BATCH, this.#cache.limit(size) >> 1); n > 1; n--) {
      const unit = this.#blocks.take(size + 1);
      if (unit === 0) return;
      const got = this.#sizeOf(unit) - 1;
      if (got > CLASSES || !this.#cache.push(got, unit)) this.#blocks.give(unit);
    }
  }

  #release(unit: number, size: number): void {
    let intact = true;
    this.#acquire();
    try {
      if (size <= CLASSES) {
        for (let n = this.#cache.limit(size) >> 1; n > 0; n--) intact = this.#blocks.give(this.#cache.pop(size)) && intact;
      }
      intact = this.#blocks.give(unit) && intact;
      this.#finish();
    } finally {
      this.#lock.release();
    }
    if (!intact) {
      throw new HeapError(
        `The heap is damaged behind the block at address ${(unit + 1) * UNIT_BYTES} of ${size * UNIT_BYTES} bytes: something ` +
          "wrote past its end. Only code outside TypeScript can do that, as in a WebAssembly kernel. The block stays allocated.",
      );
    }
  }

  /** Under the lock. */
  #flush(): void {
    for (let size = 1; size <= CLASSES; size++) {
      for (let unit = this.#cache.pop(size); unit !== 0; unit = this.#cache.pop(size)) this.#blocks.give(unit);
    }
  }

  /** Zeroes units of a block that belongs to this thread; needs no lock. */
  #zero(from: number, to: number): void {
    if (to - from > LOOP_UNITS) this.#f64.fill(0, from * (UNIT_WORDS / 2), to * (UNIT_WORDS / 2));
    else for (let i = from * UNIT_WORDS; i < to * UNIT_WORDS; i++) this.#i32[i] = 0;
  }

  #sizeOf(unit: number): number {
    return this.#i32[unit * UNIT_WORDS + Block.SIZE]!;
  }

  #outOfMemory(bytes: number, largest: number): OutOfMemoryError {
    const { free, capacity } = this.usage();
    const figures = { requested: bytes, free, capacity, largest: Math.max(0, largest - 1) * UNIT_BYTES };
    const [asked, left, all, one] = Object.values(figures).map((n) => n.toLocaleString("en-US"));
    return new OutOfMemoryError(
      `The heap has no block of ${asked} bytes: ${left} of its ${all} bytes are free, the largest piece has about ${one}. ` +
        "Free arrays that are no longer needed (shared.free, regions), or start the runtime with a larger heapBytes.",
      figures,
    );
  }
}

function unitsOf(place: HeapPlace): { first: number; last: number } {
  return { first: Math.ceil(place.start / UNIT_BYTES), last: Math.floor(place.end / UNIT_BYTES) - 1 };
}
