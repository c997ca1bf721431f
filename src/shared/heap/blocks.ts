import type { SharedMemory } from "../memory.ts";
import { Block, COLUMN_BITS, COLUMNS, FREE, HeapWord, liveState, MIN_UNITS, ROWS, UNIT_WORDS } from "./words.ts";

/** How many blocks of the wanted size's own list are tried before a larger block is split. */
const PROBES = 8;

/** The free list, counted row by row, where a free block of `units` belongs. */
export function listOf(units: number): number {
  if (units < COLUMNS) return units;
  const power = 31 - Math.clz32(units);
  return ((power - COLUMN_BITS + 1) << COLUMN_BITS) | ((units >>> (power - COLUMN_BITS)) & (COLUMNS - 1));
}

/**
 * Blocks and free lists: two-level segregated fit (Masmano et al., "TLSF: a new dynamic memory allocator for real-time
 * systems", 2004). Every method is for the holder of the heap's lock only, and takes constant time.
 *
 * Each method orders its writes so that, stopped after any one of them, `SIZE` still leads from block to block and
 * `STATE` tells which blocks are live; `rebuild` restores everything else from these two.
 */
export class Blocks {
  readonly i32: Int32Array;
  /** The heap's first control word. */
  readonly words: number;
  readonly first: number;
  readonly last: number;

  constructor(mem: Pick<SharedMemory, "i32">, words: number) {
    this.i32 = mem.i32;
    this.words = words;
    this.first = mem.i32[words + HeapWord.FIRST]!;
    this.last = mem.i32[words + HeapWord.LAST]!;
  }

  /** Payload units from here up are zero. */
  get water(): number {
    return this.i32[this.words + HeapWord.WATER]!;
  }

  /**
   * Finds a block of at least `units` and makes it live. Its STAMP is 0; until the caller sets it, still under the lock,
   * the block counts as not handed out. 0 when there is none.
   */
  take(units: number): number {
    const unit = this.#find(units);
    if (unit === 0) return 0;
    this.#unlink(unit);
    const { i32 } = this;
    const at = unit * UNIT_WORDS;
    let size = i32[at + Block.SIZE]!;
    const rest = size - units;
    if (rest >= MIN_UNITS) {
      const tail = unit + units;
      this.#raiseWater(tail + MIN_UNITS);
      const tailAt = tail * UNIT_WORDS;
      i32[tailAt + Block.SIZE] = rest;
      i32[tailAt + Block.PREV] = units;
      i32[tailAt + Block.STATE] = FREE;
      i32[tailAt + Block.STAMP] = 0;
      i32[(unit + size) * UNIT_WORDS + Block.PREV] = rest;
      i32[at + Block.SIZE] = units;
      size = units;
      this.#link(tail, rest);
    }
    this.#raiseWater(unit + size);
    i32[at + Block.STATE] = liveState(unit);
    this.#count(size, 1);
    return unit;
  }

  /**
   * Frees a live block and joins it with its free neighbours. False, and nothing done, when something has written over
   * the header behind it.
   */
  give(unit: number): boolean {
    const { i32 } = this;
    const at = unit * UNIT_WORDS;
    let size = i32[at + Block.SIZE]!;
    const next = unit + size;
    const nextAt = next * UNIT_WORDS;
    const nextState = i32[nextAt + Block.STATE];
    if (i32[nextAt + Block.PREV] !== size || (nextState !== FREE && nextState !== liveState(next))) return false;

    i32[at + Block.STATE] = FREE;
    i32[at + Block.STAMP] = 0;
    this.#count(-size, -1);
    if (nextState === FREE) {
      this.#unlink(next);
      size += i32[nextAt + Block.SIZE]!;
      i32[at + Block.SIZE] = size;
    }
    const before = i32[at + Block.PREV]!;
    const prev = unit - before;
    if (before !== 0 && i32[prev * UNIT_WORDS + Block.STATE] === FREE) {
      this.#unlink(prev);
      size += before;
      i32[prev * UNIT_WORDS + Block.SIZE] = size;
      unit = prev;
    }
    i32[(unit + size) * UNIT_WORDS + Block.PREV] = size;
    this.#link(unit, size);
    return true;
  }

  /** Units in a free block that is at most a 32nd smaller than the largest one; 0 when there is none. */
  largest(): number {
    const { i32, words } = this;
    const rows = i32[words + HeapWord.ROW_BITMAP]!;
    if (rows === 0) return 0;
    const row = 31 - Math.clz32(rows);
    const column = 31 - Math.clz32(i32[words + HeapWord.BITMAPS + row]!);
    return i32[i32[words + HeapWord.HEADS + row * COLUMNS + column]! * UNIT_WORDS + Block.SIZE]!;
  }

  /** Forgets all free lists and counts, for `rebuild`. */
  clear(): void {
    const { i32, words } = this;
    for (let i = 0; i < ROWS * COLUMNS; i++) i32[words + HeapWord.HEADS + i] = 0;
    for (let i = 0; i < ROWS; i++) i32[words + HeapWord.BITMAPS + i] = 0;
    i32[words + HeapWord.ROW_BITMAP] = 0;
    i32[words + HeapWord.TAKEN] = 0;
    i32[words + HeapWord.BLOCKS] = 0;
  }

  /** Enters a block that `rebuild` has found, with its final size. */
  enter(unit: number, size: number): void {
    if (this.i32[unit * UNIT_WORDS + Block.STATE] === FREE) this.#link(unit, size);
    else this.#count(size, 1);
  }

  #find(units: number): number {
    const { i32, words } = this;
    const own = listOf(units);
    let unit = i32[words + HeapWord.HEADS + own]!;
    for (let i = 0; i < PROBES && unit !== 0; i++) {
      if (i32[unit * UNIT_WORDS + Block.SIZE]! >= units) return unit;
      unit = i32[unit * UNIT_WORDS + Block.NEXT]!;
    }
    const from = own + 1;
    let row = from >>> COLUMN_BITS;
    if (row >= ROWS) return 0;
    let columns = i32[words + HeapWord.BITMAPS + row]! & (-1 << (from & (COLUMNS - 1)));
    if (columns === 0) {
      const rows = i32[words + HeapWord.ROW_BITMAP]! & (-1 << (row + 1));
      if (rows === 0) return 0;
      row = 31 - Math.clz32(rows & -rows);
      columns = i32[words + HeapWord.BITMAPS + row]!;
    }
    return i32[words + HeapWord.HEADS + row * COLUMNS + 31 - Math.clz32(columns & -columns)]!;
  }

  #link(unit: number, size: number): void {
    const { i32, words } = this;
    const list = listOf(size);
    const row = list >>> COLUMN_BITS;
    const head = i32[words + HeapWord.HEADS + list]!;
    const at = unit * UNIT_WORDS;
    i32[at + Block.NEXT] = head;
    i32[at + Block.BACK] = 0;
    if (head !== 0) i32[head * UNIT_WORDS + Block.BACK] = unit;
    i32[words + HeapWord.HEADS + list] = unit;
    i32[words + HeapWord.BITMAPS + row]! |= 1 << (list & (COLUMNS - 1));
    i32[words + HeapWord.ROW_BITMAP]! |= 1 << row;
  }

  #unlink(unit: number): void {
    const { i32, words } = this;
    const at = unit * UNIT_WORDS;
    const next = i32[at + Block.NEXT]!;
    const back = i32[at + Block.BACK]!;
    if (next !== 0) i32[next * UNIT_WORDS + Block.BACK] = back;
    if (back !== 0) {
      i32[back * UNIT_WORDS + Block.NEXT] = next;
      return;
    }
    const list = listOf(i32[at + Block.SIZE]!);
    const row = list >>> COLUMN_BITS;
    i32[words + HeapWord.HEADS + list] = next;
    if (next !== 0) return;
    i32[words + HeapWord.BITMAPS + row]! &= ~(1 << (list & (COLUMNS - 1)));
    if (i32[words + HeapWord.BITMAPS + row] === 0) i32[words + HeapWord.ROW_BITMAP]! &= ~(1 << row);
  }

  #raiseWater(unit: number): void {
    const word = this.words + HeapWord.WATER;
    if (this.i32[word]! < unit) this.i32[word] = unit;
  }

  #count(units: number, blocks: number): void {
    const { i32, words } = this;
    const taken = (i32[words + HeapWord.TAKEN]! += units);
    i32[words + HeapWord.BLOCKS]! += blocks;
    if (taken > i32[words + HeapWord.PEAK]!) i32[words + HeapWord.PEAK] = taken;
  }
}
