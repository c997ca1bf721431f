/** Reading a trace file: only its metadata lines, so that it may be larger than what fits into a string. */
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { TraceFileError } from "../errors.ts";
import { isMainThread, PLACE_THREADS, placeOfThread } from "./buffer.ts";
import { FORMAT, Meta } from "./chrome.ts";
import { eventsIn } from "./decode.ts";
import type { TraceEvent } from "./events.ts";

export interface About {
  readonly program: string;
  readonly foldNs: number;
  readonly cores: number;
  readonly node: string;
  readonly startedAt: string;
  readonly places: number;
  /** The place whose process wrote the file; the file may hold others as well. */
  readonly place: number;
  /** The moment 0 (ns) by the monotonic clock of this host. */
  readonly zero: number;
  readonly host: string;
  /** What the launcher calls the run; "" where it does not say. */
  readonly job: string;
}

/** One place of a trace. */
export interface TracedPlace {
  readonly place: number;
  readonly workers: number;
  /** Its communication thread, -1 for none. */
  readonly communication: number;
  /** What is added to its times (ns) to make them those of place 0, and by how much that may be wrong. */
  readonly offsetNs: number;
  readonly errorNs: number;
}

export interface TraceFile {
  readonly about: About;
  /** Thread by thread, each in its order. */
  readonly events: TraceEvent[];
  /** How many workers all places have. */
  readonly workers: number;
  readonly places: readonly TracedPlace[];
  /** Records that were lost: their threads and how many. */
  readonly lost: readonly (readonly [number, number])[];
  /** False when the process ended before the file was completed. */
  readonly complete: boolean;
  readonly interrupted: boolean;
}

interface Line {
  readonly ph?: unknown;
  readonly name?: unknown;
  readonly pid?: unknown;
  readonly tid?: unknown;
  readonly args?: Record<string, unknown>;
}

/** The longest that one reads at once in search of something of ours. */
const LARGEST_FOREIGN = 1 << 26;
const CHUNK = 1 << 22;

/**
 * @throws TraceFileError `HEDDLE_TRACE_FILE` for a file that is not there, is no trace, or none of heddle's.
 */
export function readTrace(file: string): TraceFile {
  return fileOf(readParts(file));
}

/** What lies in a file, before it is decoded. */
export interface Parts {
  readonly about: About;
  /** The records of each thread. */
  readonly records: ReadonlyMap<number, Uint8Array>;
  readonly places: readonly TracedPlace[];
  readonly lost: readonly (readonly [number, number])[] | undefined;
  readonly complete: boolean;
  readonly interrupted: boolean;
}

/** @throws TraceFileError as `readTrace`. */
export function readParts(file: string): Parts {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new TraceFileError(`There is no file ${file}. A trace is made by: heddle run prog.ts --trace ${file}`);
  if (!stats.isFile()) throw new TraceFileError(`${file} is no file; name the one that heddle run --trace has written.`);
  const lines: Line[] = [];
  let looksLikeTrace = false;
  eachLine(file, (line, number) => {
    if (number === 0) looksLikeTrace = line.trimStart().startsWith("[");
    if (line.startsWith('{"ph":"M","name":"heddle')) {
      const parsed = tryParse(line.endsWith(",") ? line.slice(0, -1) : line);
      if (parsed !== undefined) lines.push(parsed);
    }
  });
  if (lines.length === 0) lines.push(...foreign(file, stats.size, looksLikeTrace));
  return gather(file, lines);
}

function eachLine(file: string, each: (line: string, number: number) => void): void {
  const fd = openSync(file, "r");
  const chunk = Buffer.alloc(CHUNK);
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  try {
    for (;;) {
      const count = readSync(fd, chunk, 0, CHUNK, null);
      if (count === 0) break;
      const text = Buffer.concat([rest, chunk.subarray(0, count)]);
      let from = 0;
      for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, from)) {
        each(text.toString("utf8", from, at), number++);
        from = at + 1;
      }
      rest = text.subarray(from);
      if (rest.length > LARGEST_FOREIGN) return;
    }
    if (rest.length > 0) each(rest.toString("utf8"), number);
  } finally {
    closeSync(fd);
  }
}

function tryParse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined; // the process ended while it was written
  }
}

/** A file that was written by something else, or rewritten by another tool. */
function foreign(file: string, size: number, looksLikeTrace: boolean): Line[] {
  const none = (what: string): never => {
    throw new TraceFileError(
      `${file} ${what} heddle report and heddle simulate read what heddle run prog.ts --trace ${file} writes.`,
    );
  };
  if (size > LARGEST_FOREIGN) return none("holds no events of heddle.");
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return none(looksLikeTrace ? "begins like a trace, but holds nothing of heddle." : "is no trace.");
  }
  const list = Array.isArray(parsed) ? parsed : (parsed as { traceEvents?: unknown } | null)?.traceEvents;
  if (!Array.isArray(list)) return none("is no trace.");
  const ours = (list as Line[]).filter((it) => it?.ph === "M" && typeof it.name === "string" && it.name.startsWith(FORMAT.name));
  return ours.length > 0 ? ours : none("is a trace, but none of heddle.");
}

function gather(file: string, lines: readonly Line[]): Parts {
  const begin = lines.find((it) => it.name === Meta.BEGIN)?.args;
  if (begin === undefined) throw new TraceFileError(`${file} lacks its beginning.`);
  if (begin.version !== FORMAT.version) {
    throw new TraceFileError(
      `${file} has version ${String(begin.version)} of the format; this heddle reads version ${FORMAT.version}.`,
    );
  }
  const parts = new Map<number, Buffer[]>();
  const communication = new Map<number, number>();
  const clocks = new Map<number, { offsetNs: number; errorNs: number }>();
  const threadOf = ({ pid, tid }: Line): number => (Number(pid) - 1) * PLACE_THREADS + Number(tid) - 1;
  for (const line of lines) {
    const { name, args } = line;
    const thread = threadOf(line);
    if (name === Meta.THREAD && args?.communication === true) communication.set(placeOfThread(thread), thread);
    else if (name === Meta.PLACE) clocks.set(placeOfThread(thread), args as { offsetNs: number; errorNs: number });
    if (name !== Meta.EVENTS && name !== Meta.THREAD) continue;
    const list = parts.get(thread) ?? [];
    if (list.length === 0) parts.set(thread, list);
    if (typeof args?.records === "string") list.push(Buffer.from(args.records, "base64"));
  }
  const end = lines.findLast((it) => it.name === Meta.END)?.args;
  const placeNumbers = [...new Set([...parts.keys()].map(placeOfThread))].sort((x, y) => x - y);
  return {
    about: { places: 1, place: 0, zero: 0, host: "", job: "", ...begin } as unknown as About,
    records: new Map([...parts].map(([thread, list]) => [thread, Buffer.concat(list)])),
    places: placeNumbers.map((place) => ({
      place,
      workers: [...parts.keys()].filter(
        (it) => placeOfThread(it) === place && !isMainThread(it) && it !== communication.get(place),
      ).length,
      communication: communication.get(place) ?? -1,
      ...(clocks.get(place) ?? { offsetNs: 0, errorNs: 0 }),
    })),
    lost: end?.lost as [number, number][] | undefined,
    complete: end !== undefined,
    interrupted: end?.interrupted === true,
  };
}

/** The events of all threads, by the clock of place 0. */
export function fileOf({ about, records, places, lost, complete, interrupted }: Parts): TraceFile {
  const events: TraceEvent[] = [];
  const offsets = new Map(places.map(({ place, offsetNs }) => [place, offsetNs]));
  for (const [thread, bytes] of records) {
    const offset = offsets.get(placeOfThread(thread)) ?? 0;
    for (const { event } of eventsIn(bytes, thread)) events.push(shifted(event, offset));
  }
  const workers = places.reduce((sum, it) => sum + it.workers, 0);
  return { about, events, workers, places, lost: lost ?? lostSoFar(events), complete, interrupted };
}

/** The event by another clock. */
export function shifted(event: TraceEvent, offsetNs: number): TraceEvent {
  if (offsetNs === 0) return event;
  if ("time" in event) event.time += offsetNs;
  if ("begin" in event && event.begin >= 0) event.begin += offsetNs;
  return event;
}

/** What the threads themselves told of their losses. */
function lostSoFar(events: readonly TraceEvent[]): [number, number][] {
  const lost = new Map<number, number>();
  for (const event of events) if (event.kind === "lost") lost.set(event.slot, event.count);
  return [...lost];
}
