/** Attaching a thread to a runtime's memory. */
import { Heap } from "../shared/heap/heap.ts";
import { Control, type Layout, layout } from "../shared/layout.ts";
import type { SharedMemory } from "../shared/memory.ts";

export function attachHeap(mem: SharedMemory, slots: number, slot: number, canBlock: boolean): { map: Layout; heap: Heap } {
  const map = layout(slots);
  const heap = new Heap(mem, { words: Control.HEAP, start: map.heapStart, end: mem.buffer.byteLength, slot, canBlock });
  return { map, heap };
}
