/** Reading a trace file: only its metadata lines, so that it may be larger than what fits into a string. */
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { TraceFileError } from "../errors.ts";
import { FORMAT, Meta } from "./chrome.ts";
import { decodeAll } from "./decode.ts";
import type { TraceEvent } from "./events.ts";

export interface About {
  readonly program: string;
  readonly foldNs: number;
  readonly cores: number;
  readonly node: string;
  readonly startedAt: string;
}

export interface TraceFile {
  readonly about: About;
  /** Thread by thread, each in its order. */
  readonly events: TraceEvent[];
  /** How many workers it has, by what was written at its end; else by who wrote events. */
  readonly workers: number;
  /** Records that were lost: their threads and how many. */
  readonly lost: readonly (readonly [number, number])[];
  /** False when the process ended before the file was completed. */
  readonly complete: boolean;
  readonly interrupted: boolean;
}

interface Line {
  readonly ph?: unknown;
  readonly name?: unknown;
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

function gather(file: string, lines: readonly Line[]): TraceFile {
  const begin = lines.find((it) => it.name === Meta.BEGIN)?.args;
  if (begin === undefined) throw new TraceFileError(`${file} lacks its beginning.`);
  if (begin.version !== FORMAT.version) {
    throw new TraceFileError(
      `${file} has version ${String(begin.version)} of the format; this heddle reads version ${FORMAT.version}.`,
    );
  }
  const events: TraceEvent[] = [];
  let workers = 0;
  const parts = new Map<number, Buffer[]>();
  for (const { name, tid, args } of lines) {
    if (name !== Meta.EVENTS) continue;
    const slot = (tid as number) - 1;
    workers = Math.max(workers, slot);
    if (typeof args?.records !== "string") continue;
    const list = parts.get(slot);
    const bytes = Buffer.from(args.records, "base64");
    if (list === undefined) parts.set(slot, [bytes]);
    else list.push(bytes);
  }
  for (const [slot, list] of parts) decodeAll(Buffer.concat(list), slot, (event) => events.push(event));
  const end = lines.findLast((it) => it.name === Meta.END)?.args;
  return {
    about: begin as unknown as About,
    events,
    workers: (end?.workers as number | undefined) ?? workers,
    lost: (end?.lost as [number, number][] | undefined) ?? [],
    complete: end !== undefined,
    interrupted: end?.interrupted === true,
  };
}
