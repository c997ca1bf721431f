import { HeapError } from "../../errors.ts";
import type { Blocks } from "./blocks.ts";
import { Block, FREE, liveState, MIN_UNITS, STAMP_CACHED, STAMP_SLOT, UNIT_BYTES, UNIT_WORDS } from "./words.ts";

/**
 * Makes the heap whole again after its lock's holder stopped in the middle of a change: walks all blocks, joins free
 * neighbours, and sets PREV, lists, bitmaps and counts anew. Blocks that were never handed out become free, and so do
 * those in the cache of slot `dead`, where one is given. For the lock's holder; time linear in the number of blocks.
 *
 * Throws HeapError where the headers make no sense.
 */
export function rebuild(blocks: Blocks, dead?: number): void {
  const { i32, first, last } = blocks;
  const cachedByDead = dead === undefined ? -1 : STAMP_CACHED | (dead + 1);
  blocks.clear();
  /** Where a run of free blocks began, and its units so far. */
  let run = 0;
  let runSize = 0;
  let prevSize = 0;

  const closeRun = (): void => {
    if (runSize === 0) return;
    i32[run * UNIT_WORDS + Block.SIZE] = runSize;
    i32[run * UNIT_WORDS + Block.PREV] = prevSize;
    blocks.enter(run, runSize);
    prevSize = runSize;
    runSize = 0;
  };

  for (let unit = first; unit < last; ) {
    const at = unit * UNIT_WORDS;
    const size = i32[at + Block.SIZE]!;
    const state = i32[at + Block.STATE]!;
    if (size < MIN_UNITS || size > last - unit || (state !== FREE && state !== liveState(unit))) {
      throw new HeapError(
        `The heap is damaged: the block header at address ${unit * UNIT_BYTES} was overwritten (size ${size}, state ${state}). ` +
          "Only code outside TypeScript can do that: look for a WebAssembly kernel which writes past the end of an array.",
      );
    }
    const stamp = i32[at + Block.STAMP]!;
    if (state === FREE || stamp === 0 || (stamp & (STAMP_CACHED | STAMP_SLOT)) === cachedByDead) {
      i32[at + Block.STATE] = FREE;
      i32[at + Block.STAMP] = 0;
      if (runSize === 0) run = unit;
      runSize += size;
    } else {
      closeRun();
      i32[at + Block.PREV] = prevSize;
      blocks.enter(unit, size);
      prevSize = size;
    }
    unit += size;
  }
  closeRun();
  i32[last * UNIT_WORDS + Block.PREV] = prevSize;
}
