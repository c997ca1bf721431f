/** The rules of the Trace Event Format and of Perfetto's importer that our files have to keep. Returns what is wrong. */
import { readFileSync } from "node:fs";
import { union } from "../../src/trace/report/figures.ts";

export interface Line {
  readonly ph: string;
  readonly name: unknown;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly id?: number;
  readonly bp?: string;
  readonly s?: string;
  readonly args?: Record<string, unknown>;
}

export function linesOf(file: string): Line[] {
  return JSON.parse(readFileSync(file, "utf8")) as Line[];
}

const threadOf = ({ pid, tid }: Line): number => pid * 65_536 + tid;

export function faultsOf(lines: readonly Line[]): string[] {
  const faults: string[] = [];
  const slices = new Map<number, { from: number; to: number; line: Line }[]>();
  const flows = new Map<number, { start?: Line; end?: Line }>();
  const asyncs = new Map<string, number>();
  const named = new Set<number>();
  const sorted = new Set<number>();
  const fault = (line: Line, what: string): void => void faults.push(`${what}: ${JSON.stringify(line).slice(0, 160)}`);
  for (const line of lines) {
    if (typeof line.name !== "string" || line.name === "") fault(line, "no name");
    if (!Number.isInteger(line.pid) || !Number.isInteger(line.tid) || line.tid < 1) fault(line, "no process or thread");
    if (line.ph === "M") {
      if (typeof line.args !== "object") fault(line, "metadata without args");
      if (line.name === "thread_name") named.add(threadOf(line));
      if (line.name === "thread_sort_index") sorted.add(threadOf(line));
      continue;
    }
    if (typeof line.ts !== "number" || !(line.ts >= 0)) fault(line, "no time");
    if (!named.has(threadOf(line))) fault(line, "a thread without a name");
    switch (line.ph) {
      case "X": {
        if (!(line.dur! > 0)) fault(line, "a slice without a length");
        const list = slices.get(threadOf(line)) ?? [];
        slices.set(threadOf(line), list);
        if (!isWhole(line.ts) || !isWhole(line.dur!)) fault(line, "a time that is no whole number of nanoseconds");
        list.push({ from: line.ts, to: line.ts + line.dur!, line });
        break;
      }
      case "s":
      case "f": {
        const flow = flows.get(line.id!) ?? {};
        flows.set(line.id!, flow);
        if (line.ph === "s" ? flow.start !== undefined : flow.end !== undefined) fault(line, "the same arrow twice");
        if (line.ph === "s") flow.start = line;
        else flow.end = line;
        if (line.ph === "f" && line.bp !== "e") fault(line, "an arrow's end that binds to the next slice");
        break;
      }
      case "i":
        if (line.s !== "t") fault(line, "an instant without a scope");
        break;
      case "C":
        if (!Object.values(line.args ?? {}).every((it) => typeof it === "number")) fault(line, "a counter that is no number");
        break;
      case "b":
      case "e":
        asyncs.set(`${line.cat}:${line.id}`, (asyncs.get(`${line.cat}:${line.id}`) ?? 0) + (line.ph === "b" ? 1 : -1));
        break;
      default:
        fault(line, "an unknown phase");
    }
  }
  const places = new Map([...slices].map(([tid, list]) => [tid, covered(list)]));
  for (const [id, { start, end }] of flows) {
    if (start === undefined || end === undefined) faults.push(`arrow ${id} has one end`);
    else if (start.ts > end.ts) fault(end, `arrow ${id} goes back in time`);
    else
      for (const it of [start, end])
        if (!isInside(places.get(threadOf(it)) ?? [], it.ts)) fault(it, "an arrow's end in no slice");
  }
  for (const thread of slices.keys()) if (!sorted.has(thread)) faults.push(`thread ${thread} has no place among the others`);
  for (const pid of new Set(lines.map((it) => it.pid))) {
    const known = lines.filter((it) => it.ph === "M" && it.name === "process_name" && it.pid === pid);
    if (known.length !== 1) faults.push(`process ${pid} has ${known.length} names`);
  }
  for (const [id, open] of asyncs) if (open !== 0) faults.push(`span ${id} does not end`);
  for (const list of slices.values()) faults.push(...overlaps(list));
  return faults;
}

/** Perfetto counts nanoseconds: parts of them move the ends of slices, and slices that overlap are dropped. */
const isWhole = (us: number): boolean => Math.abs(us * 1000 - Math.round(us * 1000)) < 1e-3;
/** A slice lasts at least a nanosecond, so one that has taken no time may reach that far beyond. */
const SLACK = 0.00101;
/** Spawns of plain tasks are told in ticks of 64 ns. */
const TICK = 0.064;

/** Where a thread has slices at all: in order, without overlaps. */
function covered(slices: readonly { from: number; to: number }[]): { from: number; to: number }[] {
  return union(slices.map(({ from, to }) => ({ from: from - TICK, to: to + TICK })));
}

function isInside(intervals: readonly { from: number; to: number }[], at: number): boolean {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (intervals[middle]!.to < at) low = middle + 1;
    else high = middle;
  }
  return low < intervals.length && intervals[low]!.from <= at;
}

/** Slices of a thread lie inside each other, or beside each other. */
function overlaps(slices: { from: number; to: number; line: Line }[]): string[] {
  const faults: string[] = [];
  const open: { from: number; to: number; line: Line }[] = [];
  for (const it of slices.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    while (open.length > 0 && open.at(-1)!.to <= it.from + SLACK) open.pop();
    const outer = open.at(-1);
    if (outer !== undefined && it.to > outer.to + SLACK)
      faults.push(`slices overlap: ${JSON.stringify(outer.line).slice(0, 120)} and ${JSON.stringify(it.line).slice(0, 120)}`);
    open.push(it);
  }
  return faults;
}
