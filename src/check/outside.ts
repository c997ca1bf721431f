import { serialPlaces } from "../sched/places.ts";
import type { Info } from "./strand.ts";

export const placeHere = (): number => (serialPlaces === null ? 0 : serialPlaces.here());

/** The code outside of tasks at a place. */
export const outside = (place: number): Info => ({
  name: "the code outside of tasks",
  kind: "outside",
  site: 0,
  place,
  parent: null,
  parentIndex: -1,
});

const nobodies: Info[] = [];

/** What a settled future sets going, at the place of the code that asks. */
export function nobody(): Info {
  const place = placeHere();
  return (nobodies[place] ??= { ...outside(place), kind: "nobody" });
}
