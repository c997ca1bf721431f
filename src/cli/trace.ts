import { rmSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { Recorder } from "../sched/tracer/recorder.ts";
import type { FileTrace, Invitation } from "../trace/session.ts";
import { CommandError } from "./exit-codes.ts";
import { bytes, count } from "./text.ts";
import { isWhole, partsOf } from "./trace-parts.ts";

export interface Tracing {
  readonly trace: FileTrace;
  /** What this process writes. */
  readonly file: string;
  /** What another place in this process needs to be traced into the same file, see `traceThread`. */
  invite(place: number): Invitation;
  /** Completes the file and says what is in it, once. Blocks until that is done. */
  finish(interrupted: boolean): void;
}

/** Which place of how many this process is, where each process writes a file of its own. */
export interface OwnPlace {
  readonly place: number;
  readonly places: number;
}

/** How long (ms) place 0 waits for the files of the others, which end together with it; and after Ctrl-C. */
const OTHERS_MS = 15_000;
const OTHERS_INTERRUPTED_MS = 500;

/** Of how many places the file is, and which one this process is. */
export interface TracedPlaces {
  readonly places?: number;
  readonly own?: OwnPlace;
}

interface TraceIntoOptions extends TracedPlaces {
  readonly hidden?: boolean;
  readonly isRead?: boolean;
}

/** Traces this process into a file, from now on. heddle must be loaded, the program must not. With `hidden`, says nothing of the file; `isRead`: see TraceOptions. */
export async function traceInto(
  file: string,
  program: string,
  foldNs: number | undefined,
  { places = 1, own, hidden = false, isRead = hidden }: TraceIntoOptions = {},
): Promise<Tracing> {
  const { FileTrace } = await import("../trace/session.ts");
  const { startTracing } = await import("../sched/trace-start.ts");
  const { setTraceSession } = await import("../sched/tracing.ts");
  const parts = own === undefined ? [] : partsOf(file, own.places);
  const target = own === undefined ? file : parts[own.place]!;
  let trace: FileTrace;
  try {
    trace = new FileTrace(target, {
      program: basename(program),
      place: own?.place ?? 0,
      places: own?.places ?? places,
      isRead,
      ...(foldNs !== undefined && { foldNs }),
    });
  } catch (error) {
    throw new CommandError(`The trace cannot be written to ${target}: ${(error as Error).message}`);
  }
  const { mergeTraces } = await import("../trace/merge.ts"); // in the last moments of a process nothing can be loaded
  const recorder: Recorder = startTracing(trace.main, 0);
  setTraceSession(trace);
  let finished = false;
  return {
    trace,
    file: target,
    invite: (place) => trace.invite(place),
    finish(interrupted) {
      if (finished) return;
      finished = true;
      recorder.finish();
      try {
        const { events, lost } = trace.finish(interrupted);
        if (hidden) return;
        if (own === undefined) return announce(file, count(events), lost);
        if (own.place !== 0) return;
        const missing = parts.filter((it) => !isWhole(it, interrupted ? OTHERS_INTERRUPTED_MS : OTHERS_MS));
        if (missing.length > 0) return sayMissing(parts, missing);
        const merged = mergeTraces(parts, file);
        for (const part of parts) rmSync(part);
        announce(file, "", merged.lost?.reduce((sum, [, it]) => sum + it, 0) ?? 0);
      } catch (error) {
        console.error(`\nThe trace in ${target} is not complete: ${(error as Error).message}`);
        process.exitCode ||= 1;
      }
    },
  };
}

export interface ThreadTracing {
  /** The thread's ring. */
  readonly main: SharedArrayBuffer;
  /** To be called at the end of its program. */
  finish(): void;
}

/** Traces a thread that plays the main thread of a place in another one's process. */
export async function traceThread(invitation: Invitation): Promise<ThreadTracing> {
  const { PlaceTrace } = await import("../trace/session.ts");
  const { startTracing } = await import("../sched/trace-start.ts");
  const { setTraceSession } = await import("../sched/tracing.ts");
  const trace = new PlaceTrace(invitation);
  const recorder = startTracing(trace.main, 0);
  setTraceSession(trace);
  let finished = false;
  return {
    main: trace.main,
    finish() {
      if (!finished) recorder.finish();
      finished = true;
    },
  };
}

function announce(file: string, events: string, lost: number): void {
  const what = events === "" ? "" : `${events} events, `;
  console.error(`\nTrace: ${what}${bytes(statSync(file).size)}, in ${file}.${told(lost)}`);
  console.error(`Look at it: heddle report ${file}, or open it in https://ui.perfetto.dev`);
}

function sayMissing(parts: readonly string[], missing: readonly string[]): void {
  console.error(
    `\nTrace: the files of ${missing.length} places are not here or not complete: ${missing.join(", ")}. Bring those of other hosts here, then: ` +
      `heddle report ${parts.join(" ")}`,
  );
}

const told = (lost: number): string =>
  lost === 0
    ? ""
    : ` ${count(lost)} more were lost, since they came faster than they could be written: --trace-detail with a longer time helps.`;

const UNITS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

/** "20us" in nanoseconds; undefined for what is no time. */
export function nanoseconds(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s)$/.exec(text.trim());
  if (found !== null) return Number(found[1]) * UNITS[found[2]!]!;
  return text.trim() === "0" ? 0 : undefined;
}
