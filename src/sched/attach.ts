/** Attaching a thread to a runtime's memory. */
import { type Codec, createCodec } from "../shared/codec/index.ts";
import { Heap } from "../shared/heap/heap.ts";
import { Control, type Layout, layout } from "../shared/layout.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { describe, revive } from "./crossing.ts";

export function attachHeap(mem: SharedMemory, slots: number, slot: number, canBlock: boolean): { map: Layout; heap: Heap } {
  const map = layout(slots);
  const heap = new Heap(mem, { words: Control.HEAP, start: map.heapStart, end: mem.buffer.byteLength, slot, canBlock });
  return { map, heap };
}

export const makeCodec = (mem: SharedMemory): Codec => createCodec({ describe, revive, memory: () => mem });
