/**
 * The heap's words in shared memory. A unit is 16 bytes; a block is named by the number of its first unit, which holds
 * its header. See README.md for who may touch what.
 *
 * ```
 * unit       u                        u+1                              u+size
 *            SIZE PREV STATE STAMP  | payload ...                    | header of the next block
 *            |<------ header ---->| | NEXT BACK while free           |
 * ```
 */

export const UNIT_BYTES = 16;
export const UNIT_WORDS = 4;

/** A header and one unit of payload: a free block keeps its list links there. */
export const MIN_UNITS = 2;

/** Word offsets from a block's first word. */
export const Block = {
  /** Units in this block, header included. */
  SIZE: 0,
  /** Units in the block that ends where this one starts; 0 for the first block. */
  PREV: 1,
  /** FREE, or `liveState(unit)`. Any other value means that something wrote over the header. */
  STATE: 2,
  /** Of a live block: who allocated it, and which of its allocations it was; or who keeps it cached. 0 while free. */
  STAMP: 3,
  /** Of a free block: its neighbours in the free list, 0 at either end. */
  NEXT: 4,
  BACK: 5,
} as const;

export const FREE = 0;

/**
 * The state of a live block: different for each block, so that words of an array which look like a header (because
 * they were copied from one) are not taken for it. Never 0.
 */
export const liveState = (unit: number): number => Math.imul(unit, 0x9e3779b1) | 1;

/** STAMP: bits 0..7 slot + 1, bit 8 set while the block lies in that slot's cache, bits 9..31 a counter that wraps. */
export const STAMP_SLOT = 0xff;
export const STAMP_CACHED = 0x100;
export const STAMP_STEP = 0x200;

/** Blocks below 32 units have a free list for each size; above, each power of two is divided into 32 lists. */
export const COLUMNS = 32;
export const COLUMN_BITS = 5;
/** Row 0 for sizes below 32, then one for each power of two from 2^5 up to 2^27 units. */
export const ROWS = 24;

/** Word offsets from the heap's first control word. */
export const HeapWord = {
  /** 0, or slot + 1 of the holder; plus LOCK_CONTENDED. The only word here that threads race for. */
  LOCK: 0,
  /** 1 while a holder is changing the heap: found set by the next holder, the change was never finished. */
  DIRTY: 16,
  /** The first block. */
  FIRST: 17,
  /** The unit past the last block: it holds a header that is always live, so that the last block has a next one. */
  LAST: 18,
  /** Payloads from this unit up have never been written, so they are zero. Only rises. */
  WATER: 19,
  /** Units in blocks that are on no free list: in use, or cached. */
  TAKEN: 20,
  /** How many blocks TAKEN counts. */
  BLOCKS: 21,
  /** The highest TAKEN so far. */
  PEAK: 22,
  /** Bit r set: BITMAPS[r] is not 0. */
  ROW_BITMAP: 23,
  /** Bit c of word r set: the list in row r, column c is not empty. */
  BITMAPS: 32,
  /** The first block of each free list, or 0. */
  HEADS: 64,
  /** One word for each slot, a cache line apart: what its cache holds. Written by that slot alone. */
  CACHES: 64 + ROWS * COLUMNS,
} as const;

export const CACHE_WORDS = 16;

/** A word of CACHES: bits 0..11 the number of blocks, bits 12..30 the number of units in them. */
export const CACHED_BLOCKS = 0xfff;
export const CACHED_UNITS_SHIFT = 12;

/** In LOCK: some thread sleeps, or is about to, until the lock is released. */
export const LOCK_CONTENDED = 0x100;
export const LOCK_OWNER = 0xff;
