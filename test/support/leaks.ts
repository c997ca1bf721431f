import type { Runtime } from "heddle";
import { type LeakProbe, resourceProbes } from "heddle/testing";
import { CellState, Cell as CellWord, cellWord, firstCell } from "../../src/shared/cell.ts";
import { CELL_BYTES, CELLS_PER_SLOT, Control, layout, Slot, slotWord } from "../../src/shared/layout.ts";

/**
 * What a runtime holds, read straight from its memory: the one place where tests of the whole system look inside. At rest, each
 * figure is what it was before.
 */
export function runtimeProbes(runtime: Runtime): LeakProbe[] {
  const { mem, heap } = runtime.here;
  const { client } = runtime;
  const map = client?.station.map ?? layout(1);
  const blocks = (): number => {
    for (;;) {
      const entries = functionEntries(mem.i32);
      const count = heap.usage().blocks - entries;
      if (functionEntries(mem.i32) === entries) return count; // else another thread has added one meanwhile
    }
  };
  const probes = [{ name: "heap blocks", read: blocks }];
  if (client === null) return probes;
  return [
    ...probes,
    { name: "tasks out of the main thread", read: () => client.outstanding },
    {
      name: "cells in use",
      read() {
        let count = 0;
        for (let slot = 0; slot < map.slots; slot++) {
          const first = firstCell(map, slot);
          for (let i = 0; i < CELLS_PER_SLOT; i++) {
            if (mem.i32[cellWord(first + i * CELL_BYTES) + CellWord.STATE] !== CellState.FREE) count++;
          }
        }
        return count;
      },
    },
    {
      name: "messages unread",
      read() {
        let count = 0;
        for (let slot = 0; slot < map.slots; slot++) if (mem.i32[slotWord(slot) + Slot.MAILBOX] !== 0) count++;
        return count;
      },
    },
    // A port listens while a task is out, so that the process lives.
    ...resourceProbes(),
  ];
}

/** The table of functions only grows: one block for each function that has been promoted. */
function functionEntries(i32: Int32Array): number {
  let count = 0;
  for (let at = i32[Control.FUNCTIONS]! >>> 0; at !== 0; at = i32[at >>> 2]! >>> 0) count++;
  return count;
}
