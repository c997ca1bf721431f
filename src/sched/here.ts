import type { Heap } from "../shared/heap/heap.ts";
import type { Layout } from "../shared/layout.ts";
import type { SharedMemory } from "../shared/memory.ts";
import type { TaskDefinition } from "./definition.ts";

/** The shared memory that this thread works in, of the runtime that applies here. */
export interface Here {
  readonly mem: SharedMemory;
  readonly heap: Heap;
}

/** A worker's, which also knows what the numbers of functions mean. */
export interface WorkerHere extends Here {
  readonly definition: (id: number) => TaskDefinition;
  readonly map: Layout;
  /** How many tasks of this thread others could take now. */
  stealable(): number;
}

let worker: WorkerHere | null = null;

/** In a worker, once: its runtime is the only one. */
export function setHere(here: WorkerHere): void {
  worker = here;
}

export const workerHere = (): WorkerHere | null => worker;
