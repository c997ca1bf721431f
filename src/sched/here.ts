import type { Heap } from "../shared/heap/heap.ts";
import type { SharedMemory } from "../shared/memory.ts";

/** The shared memory that this thread works in, of the runtime that applies here. */
export interface Here {
  readonly mem: SharedMemory;
  readonly heap: Heap;
}

let worker: Here | null = null;

/** In a worker, once: its runtime is the only one. */
export function setHere(here: Here): void {
  worker = here;
}

export const workerHere = (): Here | null => worker;
