/** What places said to each other: tasks that went from one to another, operations on other places, and how much of that was hidden. */
import { isMainThread, placeOfThread } from "../buffer.ts";
import { REMOTE_NAMES, type TraceEvent } from "../events.ts";
import { tripsOf } from "../trips.ts";
import { type Interval, overlap, union } from "./figures.ts";

export interface PlaceCommunication {
  readonly place: number;
  /** Tasks that have left, by the place to which they went. */
  readonly sent: readonly number[];
  /** So many operations of a name, and what they took from asking to the answer (ns). */
  readonly operations: readonly { readonly name: string; readonly count: number; readonly ns: number; readonly bytes: number }[];
  /** Time (ns) in which something was under way that this place had asked for: tasks and results on their way, operations. */
  readonly ns: number;
  /** The part of it in which workers of this place ran tasks, on average over the workers; and what those ran in all, per worker. */
  readonly hiddenNs: number;
  readonly computedNs: number;
}

/** What a message took on average (ns), as far as tasks tell; both ways, so that clocks that are apart even out. */
export function messageTime(events: readonly TraceEvent[]): number | undefined {
  const times: number[] = [];
  for (const { left, came, answered, back } of tripsOf(events)) {
    if (left !== undefined && came !== undefined && answered !== undefined && back !== undefined)
      times.push((came - left + back - answered) / 2);
  }
  times.sort((a, b) => a - b);
  return times.length === 0 ? undefined : Math.max(0, times[times.length >> 1]!);
}

/** `workers`: how many each place has. Times count as far as they lie in `window`. */
export function communicationOf(
  events: readonly TraceEvent[],
  workers: readonly number[],
  window: Interval,
): PlaceCommunication[] {
  const places = workers.length;
  const ways: Interval[][] = workers.map(() => []);
  const sent = workers.map(() => new Array<number>(places).fill(0));
  const operations = workers.map(() => new Map<number, { count: number; ns: number; bytes: number }>());
  const busy = new Map<number, Interval[]>();
  const way = (place: number, begin: number | undefined, end: number | undefined): void => {
    const from = Math.max(begin ?? 0, window.from);
    const to = Math.min(end ?? 0, window.to);
    if (begin !== undefined && to > from) ways[place]?.push({ from, to });
  };
  for (const { from, left, came, answered, back } of tripsOf(events)) {
    way(from, left, came);
    way(from, answered, back);
  }
  for (const event of events) {
    const place = placeOfThread(event.slot);
    if (event.kind === "away") sent[place]![event.to] = (sent[place]![event.to] ?? 0) + 1;
    else if (event.kind === "remote") {
      if (event.time < window.from) continue;
      way(place, event.begin, event.time);
      const known = operations[place]!.get(event.op) ?? { count: 0, ns: 0, bytes: 0 };
      known.count++;
      known.ns += event.time - event.begin;
      known.bytes += event.bytes >>> 0;
      operations[place]!.set(event.op, known);
    } else if ((event.kind === "end" && event.begin >= 0) || event.kind === "slice" || event.kind === "batch") {
      const list = busy.get(event.slot) ?? [];
      if (list.length === 0) busy.set(event.slot, list);
      list.push({ from: event.begin, to: event.time });
    }
  }
  const total = (list: readonly Interval[]): number => list.reduce((sum, { from, to }) => sum + to - from, 0);
  return workers.map((count, place) => {
    const under = union(ways[place]!);
    let [hidden, computed] = [0, 0];
    for (const [thread, list] of busy) {
      if (placeOfThread(thread) !== place || isMainThread(thread)) continue;
      const running = union(list);
      hidden += overlap(under, running);
      computed += total(running);
    }
    return {
      place,
      sent: sent[place]!,
      operations: [...operations[place]!]
        .map(([op, it]) => ({ name: REMOTE_NAMES[op] ?? "?", ...it }))
        .sort((a, b) => b.ns - a.ns),
      ns: total(under),
      hiddenNs: hidden / Math.max(1, count),
      computedNs: computed / Math.max(1, count),
    };
  });
}
