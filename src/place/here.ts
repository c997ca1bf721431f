/** This thread's place, for whatever reaches other places. */
import { workerHere } from "../sched/here.ts";
import { serialPlaces } from "../sched/places.ts";
import type { Station } from "../sched/station.ts";
import type { Heap } from "../shared/heap/heap.ts";
import { Control } from "../shared/layout.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { currentRuntime, here, stationHere } from "../task/runtime.ts";

export interface PlaceHere {
  readonly place: number;
  readonly places: number;
  readonly mem: SharedMemory;
  readonly heap: Heap;
  /** Null in serial mode, where all places lie in this thread and one heap. */
  readonly station: Station | null;
}

export function placeHere(): PlaceHere {
  if (workerHere() === null) currentRuntime(); // starts one where none is
  const { mem, heap } = here();
  if (serialPlaces !== null) return { place: serialPlaces.here(), places: serialPlaces.places, mem, heap, station: null };
  return { place: mem.i32[Control.PLACE]!, places: mem.i32[Control.OTHER_PLACES]! + 1, mem, heap, station: stationHere() };
}
