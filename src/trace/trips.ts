/** Tasks that went from one place to another. */
import { placeOfThread } from "./buffer.ts";
import type { TraceEvent } from "./events.ts";

export interface Trip {
  left?: number;
  came?: number;
  answered?: number;
  back?: number;
  /** Who has sent it, and what that place calls it. */
  readonly from: number;
  readonly token: number;
}

/** The ways of all tasks that went from one place to another, by the clock of place 0. */
export function tripsOf(events: readonly TraceEvent[]): Trip[] {
  const trips = new Map<string, Trip>();
  const of = (place: number, token: number): Trip => {
    const key = `${place} ${token >>> 0}`;
    let it = trips.get(key);
    if (it === undefined) trips.set(key, (it = { from: place, token }));
    return it;
  };
  for (const event of events) {
    if (event.kind === "away") of(placeOfThread(event.slot), event.token).left = event.time;
    else if (event.kind === "arrival") of(event.from, event.token).came = event.time;
    else if (event.kind === "answer") of(event.to, event.token).answered = event.time;
    else if (event.kind === "back") of(placeOfThread(event.slot), event.token).back = event.time;
  }
  return [...trips.values()];
}
