import { workerHere } from "../sched/here.ts";
import { serialPlaces } from "../sched/places.ts";
import { Control } from "../shared/layout.ts";
import { startedRuntime } from "./runtime.ts";

export interface Whereabouts {
  readonly place: number;
  readonly places: number;
}

const ALONE: Whereabouts = { place: 0, places: 1 };

/** The number of the place that this thread belongs to, in the runtime that applies here, and how many there are. */
export function whereabouts(): Whereabouts {
  if (serialPlaces !== null) return { place: serialPlaces.here(), places: serialPlaces.places };
  const i32 = (workerHere() ?? startedRuntime()?.here)?.mem.i32;
  return i32 === undefined ? ALONE : { place: i32[Control.PLACE]!, places: i32[Control.OTHER_PLACES]! + 1 };
}

/** The number of this place, from 0: where the code that asks runs. 0 where there is only one. Never blocks. */
export const place = (): number => whereabouts().place;

/** How many places the program runs on; 1 unless it was started on several. Never blocks. */
export const places = (): number => whereabouts().places;
