import { statSync } from "node:fs";
import { basename } from "node:path";
import type { Recorder } from "../sched/recorder.ts";
import type { FileTrace } from "../trace/session.ts";
import { CommandError } from "./exit-codes.ts";
import { bytes, count } from "./text.ts";

export interface Tracing {
  /** Completes the file and says what is in it, once. Blocks until that is done. */
  finish(interrupted: boolean): void;
}

/** Traces this process into a file, from now on. heddle must be loaded, the program must not. */
export async function traceInto(file: string, program: string, foldNs: number | undefined): Promise<Tracing> {
  const { FileTrace } = await import("../trace/session.ts");
  const { startTracing } = await import("../sched/trace-start.ts");
  const { setTraceSession } = await import("../sched/tracing.ts");
  let trace: FileTrace;
  try {
    trace = new FileTrace(file, { program: basename(program), ...(foldNs !== undefined && { foldNs }) });
  } catch (error) {
    throw new CommandError(`The trace cannot be written to ${file}: ${(error as Error).message}`);
  }
  const recorder: Recorder = startTracing(trace.main, 0);
  setTraceSession(trace);
  let finished = false;
  return {
    finish(interrupted) {
      if (finished) return;
      finished = true;
      recorder.finish();
      try {
        const { events, lost } = trace.finish(interrupted);
        console.error(`\nTrace: ${count(events)} events, ${bytes(statSync(file).size)}, in ${file}.${told(lost)}`);
        console.error(`Look at it: heddle report ${file}, or open it in https://ui.perfetto.dev`);
      } catch (error) {
        console.error(`\nThe trace in ${file} is not complete: ${(error as Error).message}`);
        process.exitCode ||= 1;
      }
    },
  };
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
