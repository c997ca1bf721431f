import type { SharedMemory } from "../memory.ts";
import { Block, CACHE_WORDS, CACHED_UNITS_SHIFT, HeapWord, STAMP_CACHED, UNIT_BYTES, UNIT_WORDS } from "./words.ts";

/** Payloads up to this many bytes are cached; a class is a payload size in units, 1 to CLASSES. */
export const SMALL_BYTES = 512;
export const CLASSES = SMALL_BYTES / UNIT_BYTES;

/** The most blocks that one class holds; and the most bytes, for the larger classes. */
export const DEPTH = 128;
const CLASS_BYTES = 16_384;

/** Each class is a stack in a stretch of one array: how many blocks it holds, how many it may hold, and the blocks. */
const STRETCH_SHIFT = 8;
const COUNT = 0;
const LIMIT = 1;
const BLOCKS = 2;

/**
 * One thread's small blocks that are free for it alone: to the heap they are live blocks, stamped as cached. No other
 * thread looks at this object; only the stamps and the word in CACHES lie in shared memory.
 */
export class Cache {
  readonly #i32: Int32Array;
  readonly #word: number;
  readonly #stamp: number;
  readonly #stacks = new Int32Array((CLASSES + 1) << STRETCH_SHIFT);

  constructor(mem: Pick<SharedMemory, "i32">, words: number, slot: number, depth: number) {
    this.#i32 = mem.i32;
    this.#word = words + HeapWord.CACHES + slot * CACHE_WORDS;
    this.#stamp = STAMP_CACHED | (slot + 1);
    for (let size = 1; size <= CLASSES; size++) {
      const limit = Math.min(depth, DEPTH, Math.floor(CLASS_BYTES / (size * UNIT_BYTES)));
      this.#stacks[(size << STRETCH_SHIFT) + LIMIT] = limit;
    }
  }

  limit(size: number): number {
    return this.#stacks[(size << STRETCH_SHIFT) + LIMIT]!;
  }

  /** A block of exactly `size` payload units, still stamped as cached; 0 when the class is empty. */
  pop(size: number): number {
    const stacks = this.#stacks;
    const stack = size << STRETCH_SHIFT;
    const count = stacks[stack + COUNT]! - 1;
    if (count < 0) return 0;
    stacks[stack + COUNT] = count;
    this.#i32[this.#word]! -= oneBlock(size);
    return stacks[stack + BLOCKS + count]!;
  }

  /** Keeps a block that this thread owns. False, and nothing done, when the class is full. */
  push(size: number, unit: number): boolean {
    const stacks = this.#stacks;
    const stack = size << STRETCH_SHIFT;
    const count = stacks[stack + COUNT]!;
    if (count === stacks[stack + LIMIT]) return false;
    stacks[stack + COUNT] = count + 1;
    stacks[stack + BLOCKS + count] = unit;
    this.#i32[this.#word]! += oneBlock(size);
    this.#i32[unit * UNIT_WORDS + Block.STAMP] = this.#stamp;
    return true;
  }
}

const oneBlock = (size: number): number => ((size + 1) << CACHED_UNITS_SHIFT) | 1;
