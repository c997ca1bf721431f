/** Slices for drawing: what each thread did when, the longest where there are too many. */
import { isMainThread } from "../buffer.ts";
import { PARK_NAMES, type TraceEvent } from "../events.ts";
import type { Definitions } from "../graph.ts";
import { titleOf } from "../named.ts";
import type { Interval } from "./figures.ts";

export const SliceKind = { TASK: 0, FOLDED: 1, WAIT: 2, PARK: 3, SPAN: 4 } as const;

export interface Timeline {
  readonly names: readonly string[];
  /** For each thread: beginning and length (us since the first task), name, kind, depth; flat, five numbers each. */
  readonly threads: readonly { readonly thread: number; readonly slices: readonly number[]; readonly depth: number }[];
  readonly marks: readonly { readonly thread: number; readonly at: number; readonly name: string }[];
  readonly lengthUs: number;
  /** How many shorter slices were left out. */
  readonly leftOut: number;
}

interface Slice {
  readonly from: number;
  readonly to: number;
  readonly name: number;
  readonly kind: number;
}

const MOST_SLICES = 40_000;

export function timelineOf(events: readonly TraceEvent[], definitions: Definitions, window: Interval): Timeline {
  const names = new Map<string, number>();
  const nameOf = (name: string): number => {
    let it = names.get(name);
    if (it === undefined) names.set(name, (it = names.size));
    return it;
  };
  const nameOfDef = (slot: number, number: number, none = "task"): string => {
    const def = definitions.get(slot, number);
    return def === null ? none : titleOf(def);
  };
  const threads = new Map<number, Slice[]>();
  const marks: { thread: number; at: number; name: string }[] = [];
  const add = (thread: number, from: number, to: number, name: string, kind: number): void => {
    if (to <= window.from || from >= window.to) return;
    const list = threads.get(thread) ?? [];
    if (list.length === 0) threads.set(thread, list);
    list.push({ from: Math.max(from, window.from), to: Math.min(to, window.to), name: nameOf(name), kind });
  };
  for (const event of events) {
    const { slot } = event;
    if (event.kind === "end") {
      if (event.begin >= 0 && !(isMainThread(slot) && event.n === 1))
        add(slot, event.begin, event.time, nameOfDef(slot, event.def), SliceKind.TASK);
    } else if (event.kind === "slice") add(slot, event.begin, event.time, nameOfDef(slot, event.def), SliceKind.TASK);
    else if (event.kind === "batch")
      add(slot, event.begin, event.time, nameOfDef(slot, event.def, "small tasks"), SliceKind.FOLDED);
    else if (event.kind === "wait") add(slot, event.begin, event.time, "waiting in a join", SliceKind.WAIT);
    else if (event.kind === "park")
      add(slot, event.begin, event.time, `parked: ${PARK_NAMES[event.reason] ?? ""}`, SliceKind.PARK);
    else if (event.kind === "span" && event.async === 0) add(slot, event.begin, event.time, event.text, SliceKind.SPAN);
    else if (event.kind === "mark" && event.time >= window.from && event.time <= window.to)
      marks.push({ thread: slot, at: (event.time - window.from) / 1000, name: event.text });
  }
  const least = leastDrawn([...threads.values()]);
  let leftOut = 0;
  const drawn = [...threads]
    .sort(([a], [b]) => a - b)
    .map(([thread, list]) => {
      const kept = list.filter((it) => it.to - it.from >= least);
      leftOut += list.length - kept.length;
      return { thread, ...flat(kept, window.from) };
    });
  return { names: [...names.keys()], threads: drawn, marks, lengthUs: (window.to - window.from) / 1000, leftOut };
}

/** The length from which on slices are few enough. */
function leastDrawn(threads: readonly (readonly Slice[])[]): number {
  const lengths = threads.flatMap((list) => list.map((it) => it.to - it.from));
  if (lengths.length <= MOST_SLICES) return 0;
  return lengths.sort((a, b) => b - a)[MOST_SLICES]!;
}

function flat(list: Slice[], zero: number): { slices: number[]; depth: number } {
  list.sort((a, b) => a.from - b.from || b.to - a.to);
  const open: number[] = [];
  const slices: number[] = [];
  let depth = 0;
  for (const { from, to, name, kind } of list) {
    while (open.length > 0 && open.at(-1)! <= from) open.pop();
    slices.push(round((from - zero) / 1000), round((to - from) / 1000), name, kind, open.length);
    open.push(to);
    depth = Math.max(depth, open.length);
  }
  return { slices, depth };
}

const round = (us: number): number => Math.round(us * 10) / 10;
