import type { SharedMemory } from "../memory.ts";
import { Blocks, listOf } from "./blocks.ts";
import { Block, COLUMN_BITS, COLUMNS, FREE, HeapWord, liveState, MIN_UNITS, ROWS, UNIT_BYTES, UNIT_WORDS } from "./words.ts";

/** A live block as `liveBlocks` reports it. */
export interface LiveBlock {
  readonly address: number;
  /** Payload bytes. */
  readonly bytes: number;
  /** The thread that allocated it, or that keeps it cached. */
  readonly stamp: number;
}

/** Every block that is in use or cached, by ascending address. For tests and leak reports: no thread may use the heap meanwhile. */
export function liveBlocks(mem: SharedMemory, words: number): LiveBlock[] {
  const { i32, first, last } = new Blocks(mem, words);
  const found: LiveBlock[] = [];
  for (let unit = first; unit < last; unit += i32[unit * UNIT_WORDS + Block.SIZE]!) {
    const at = unit * UNIT_WORDS;
    if (i32[at + Block.STATE] === FREE) continue;
    const bytes = (i32[at + Block.SIZE]! - 1) * UNIT_BYTES;
    found.push({ address: (unit + 1) * UNIT_BYTES, bytes, stamp: i32[at + Block.STAMP]! });
  }
  return found;
}

/** All contradictions in the heap's headers, lists and counts. For tests: no thread may use the heap meanwhile. */
export function contradictions(mem: Pick<SharedMemory, "i32">, words: number): string[] {
  const { i32, first, last } = new Blocks(mem, words);
  const wrong: string[] = [];
  const expect = (holds: boolean, what: string): void => void (holds || wrong.push(what));

  if (i32[words + HeapWord.DIRTY] !== 0) wrong.push("an unfinished change");
  const free = new Map<number, number>();
  let [prevSize, prevFree, taken, count] = [0, false, 0, 0];
  let unit = first;
  while (unit < last) {
    const at = unit * UNIT_WORDS;
    const [size, state] = [i32[at + Block.SIZE]!, i32[at + Block.STATE]!];
    if (size < MIN_UNITS) return [...wrong, `block ${unit} has size ${size}`];
    expect(i32[at + Block.PREV] === prevSize, `block ${unit}: PREV is ${i32[at + Block.PREV]}, the block before has ${prevSize}`);
    expect(state === FREE || state === liveState(unit), `block ${unit}: state ${state}`);
    expect((state === FREE) === (i32[at + Block.STAMP] === 0), `block ${unit}: state ${state}, stamp ${i32[at + Block.STAMP]}`);
    expect(!(state === FREE && prevFree), `block ${unit} and the one before are both free`);
    expect(unit + MIN_UNITS <= i32[words + HeapWord.WATER]!, `block ${unit} begins above the water mark`);
    if (state === FREE) free.set(unit, size);
    else [taken, count] = [taken + size, count + 1];
    [prevSize, prevFree] = [size, state === FREE];
    unit += size;
  }
  expect(unit === last, `the last block ends at unit ${unit}, not ${last}`);
  expect(i32[last * UNIT_WORDS + Block.PREV] === prevSize, "PREV of the end");
  expect(taken === i32[words + HeapWord.TAKEN], `TAKEN is ${i32[words + HeapWord.TAKEN]}, blocks make ${taken}`);
  expect(count === i32[words + HeapWord.BLOCKS], `BLOCKS is ${i32[words + HeapWord.BLOCKS]}, there are ${count}`);

  for (let list = 0; list < ROWS * COLUMNS; list++) {
    const row = list >>> COLUMN_BITS;
    const head = i32[words + HeapWord.HEADS + list]!;
    const bitmap = i32[words + HeapWord.BITMAPS + row]!;
    expect(((bitmap & (1 << (list & (COLUMNS - 1)))) !== 0) === (head !== 0), `bit of list ${list}`);
    expect(((i32[words + HeapWord.ROW_BITMAP]! & (1 << row)) !== 0) === (bitmap !== 0), `bit of row ${row}`);
    for (let [at, back] = [head, 0]; at !== 0; [back, at] = [at, i32[at * UNIT_WORDS + Block.NEXT]!]) {
      if (!free.has(at)) return [...wrong, `list ${list} holds ${at}, which is not free, or twice`];
      expect(listOf(free.get(at)!) === list, `block ${at} of ${free.get(at)} units is in list ${list}`);
      expect(i32[at * UNIT_WORDS + Block.BACK] === back, `block ${at}: BACK`);
      free.delete(at);
    }
  }
  expect(free.size === 0, `free blocks on no list: ${[...free.keys()]}`);
  return wrong;
}
