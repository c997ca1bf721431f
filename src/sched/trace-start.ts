/** Beginning to trace a thread. */
import { TraceBuffer } from "../trace/buffer.ts";
import { Recorder } from "./recorder.ts";
import type { Station } from "./station.ts";
import { traceJoins } from "./traced-task.ts";
import { setTracer } from "./tracing.ts";

/** Before any task is defined but heddle's own. */
export function startTracing(memory: SharedArrayBuffer, slot: number, clock?: () => number): Recorder {
  const recorder = new Recorder(new TraceBuffer(memory), slot, clock);
  setTracer(recorder);
  traceJoins(recorder);
  return recorder;
}

/** In a worker, before its first task. */
export function traceWorker(memory: SharedArrayBuffer, station: Station): void {
  station.trace = new TraceBuffer(memory);
  startTracing(memory, station.slot).measures(station.heap);
}
