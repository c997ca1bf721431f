/** What can be read off the events without the graph: times, sizes, steals, latency. */
import { isMainThread } from "../buffer.ts";
import { Category, type TraceEvent } from "../events.ts";
import type { Definition, Definitions } from "../graph.ts";

export interface ThreadTime {
  readonly thread: number;
  tasks: number;
  joins: number;
  /** By reason of `ParkReason`. */
  parked: [number, number, number, number];
  searching: number;
}

export interface Sizes {
  readonly def: Definition | null;
  count: number;
  /** Own time of all (ns). */
  sum: number;
  /** By the number of binary digits of the nanoseconds. */
  readonly buckets: number[];
}

export interface Interval {
  readonly from: number;
  readonly to: number;
}

export interface Figures {
  readonly threads: ThreadTime[];
  readonly sizes: Sizes[];
  /** steals[thief][victim], in the order of `threads`. */
  readonly steals: number[][];
  readonly stolen: number;
  readonly promoted: number;
  readonly cancelled: number;
  readonly failed: number;
  readonly tasks: number;
  readonly readings: number;
  readonly heapPeak: number;
  /**
   * From the first spawn, operation over places, or await of either, until the last task ended, the last answer came, or a main strand did something for the
   * last time (ns).
   */
  readonly window: Interval;
  /** From the first spawn until the first task began: workers start and import the program. */
  readonly startup: number;
}

/** `numbers`: the threads, of all places, in the order in which they are told; `beginning`: when a main strand did something for others first. */
export function figuresOf(
  events: readonly TraceEvent[],
  definitions: Definitions,
  numbers: readonly number[],
  beginning = Number.POSITIVE_INFINITY,
): Figures {
  const threads: ThreadTime[] = numbers.map((thread) => ({ thread, tasks: 0, joins: 0, parked: [0, 0, 0, 0], searching: 0 }));
  const rows = new Map(numbers.map((thread, row) => [thread, row]));
  const steals = numbers.map(() => new Array<number>(numbers.length).fill(0));
  const sizes = new Map<Definition | null, Sizes>();
  const tasks: number[] = [];
  const readings: number[] = [];
  let [stolen, promoted, cancelled, failed, heapPeak] = [0, 0, 0, 0, 0];
  let from = beginning;
  let spawned = Number.POSITIVE_INFINITY;
  let to = 0;
  let begun = Number.POSITIVE_INFINITY;
  const mainSince = new Map<number, number>();
  const parks: (TraceEvent & { kind: "park" })[] = [];
  for (const event of events) {
    switch (event.kind) {
      case "total": {
        const it = threads[rows.get(event.slot) ?? -1];
        if (it === undefined) break;
        if (event.category === Category.TASKS) it.tasks = event.ns;
        else if (event.category === Category.JOINS) it.joins = event.ns;
        else if (event.category === Category.SEARCHING) it.searching = event.ns;
        else it.parked[event.category - Category.PARKED] = event.ns;
        break;
      }
      case "sizes": {
        const def = definitions.get(event.slot, event.def);
        let it = sizes.get(def);
        if (it === undefined) sizes.set(def, (it = { def, count: 0, sum: 0, buckets: [] }));
        it.count += event.count;
        it.sum += event.sum;
        while (it.buckets.length <= event.bucket) it.buckets.push(0);
        it.buckets[event.bucket]! += event.count;
        break;
      }
      case "park":
        parks.push(event);
        break;
      case "steal": {
        stolen++;
        const row = steals[rows.get(event.slot) ?? -1];
        const column = rows.get(event.from);
        if (row !== undefined && column !== undefined) row[column]!++;
        break;
      }
      case "promote":
        promoted++;
        break;
      case "cancel":
        cancelled++;
        break;
      case "counts":
        tasks[event.slot] = event.tasks;
        readings[event.slot] = event.readings;
        break;
      case "heap":
        heapPeak = Math.max(heapPeak, event.used);
        break;
      case "spawn":
        if (event.parent !== 0 || !isMainThread(event.slot)) spawned = Math.min(spawned, event.time);
        break;
      case "begin":
        if (isMain(event)) break;
        begun = Math.min(begun, event.time);
        break;
      case "end":
        if (event.status === 1) failed++;
        // The main strand counts as long as it does something: it may have waited for long before it has ended.
        to = Math.max(to, isMain(event) ? (mainSince.get(event.slot) ?? 0) + event.work : event.time);
        break;
      case "segment":
        if (isMain(event)) mainSince.set(event.slot, event.time);
        to = Math.max(to, event.time);
        break;
      case "remote":
        from = Math.min(from, event.begin);
        to = Math.max(to, event.time);
        break;
      case "back":
        to = Math.max(to, event.time);
        break;
      case "batch":
        begun = Math.min(begun, event.begin);
        to = Math.max(to, event.time);
        break;
      default:
    }
  }
  spawned = Math.min(spawned, begun);
  from = Math.min(from, spawned);
  const window = Number.isFinite(from) ? { from, to: Math.max(from, to) } : { from: 0, to: 0 };
  // A worker sleeps before the first task and after the last one, too: until all places are there, until the process ends.
  for (const { slot, reason, begin, time } of parks) {
    const by = threads[rows.get(slot) ?? -1]?.parked;
    if (by?.[reason] === undefined) continue;
    const inside = Math.max(0, Math.min(time, window.to) - Math.max(begin, window.from));
    by[reason] = Math.max(0, by[reason]! - (time - begin - inside));
  }
  const sum = (list: readonly (number | undefined)[]): number => list.reduce((all: number, it) => all + (it ?? 0), 0);
  return {
    threads,
    sizes: [...sizes.values()].sort((a, b) => b.sum - a.sum),
    steals,
    stolen,
    promoted,
    cancelled,
    failed,
    tasks: sum(tasks),
    readings: sum(readings),
    heapPeak,
    window,
    startup: Number.isFinite(begun) ? Math.max(0, begun - spawned) : 0,
  };
}

const isMain = ({ slot, n }: { slot: number; n: number }): boolean => isMainThread(slot) && n === 1;

export interface Latency {
  /** Time (ns) in which some async task of a worker waited for something outside, and the part in which that worker ran tasks. */
  readonly waited: number;
  readonly hidden: number;
  readonly computed: number;
  /** hidden / waited, and what min(1, Tcomp / Tcomm) lets expect. */
  readonly h: number;
  readonly expected: number;
}

/** Latency hiding, by thread; undefined where nothing outside was waited for. */
export function latencyOf(events: readonly TraceEvent[], external: number): Latency | undefined {
  const waits = new Map<number, Interval[]>();
  const busy = new Map<number, Interval[]>();
  const note = (map: Map<number, Interval[]>, thread: number, from: number, to: number): void => {
    const list = map.get(thread);
    if (list === undefined) map.set(thread, [{ from, to }]);
    else list.push({ from, to });
  };
  for (const event of events) {
    if (event.kind === "segment" && event.dep === external) note(waits, event.slot, event.time - event.on, event.time);
    else if (
      (event.kind === "end" && event.begin >= 0 && !isMainThread(event.slot)) ||
      event.kind === "slice" ||
      event.kind === "batch"
    )
      note(busy, event.slot, event.begin, event.time);
  }
  if (waits.size === 0) return undefined;
  let [waited, hidden, computed] = [0, 0, 0];
  for (const [thread, list] of waits) {
    const waiting = union(list);
    const running = union(busy.get(thread) ?? []);
    waited += total(waiting);
    computed += total(running);
    hidden += overlap(waiting, running);
  }
  return {
    waited,
    hidden,
    computed,
    h: waited === 0 ? 1 : hidden / waited,
    expected: waited === 0 ? 1 : Math.min(1, computed / waited),
  };
}

const total = (list: readonly Interval[]): number => list.reduce((sum, { from, to }) => sum + to - from, 0);

export function union(list: readonly Interval[]): Interval[] {
  const sorted = [...list].sort((a, b) => a.from - b.from);
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

/** Of two lists without overlaps of their own, in order. */
export function overlap(a: readonly Interval[], b: readonly Interval[]): number {
  let sum = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    sum += Math.max(0, Math.min(a[i]!.to, b[j]!.to) - Math.max(a[i]!.from, b[j]!.from));
    if (a[i]!.to < b[j]!.to) i++;
    else j++;
  }
  return sum;
}
