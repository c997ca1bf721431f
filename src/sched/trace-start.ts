/** Beginning to trace a thread. */
import type { Heap } from "../shared/heap/heap.ts";
import { TraceBuffer } from "../trace/buffer.ts";
import { Recorder } from "./recorder.ts";
import type { Station } from "./station.ts";
import { traceJoins } from "./traced-task.ts";
import { setTracer, tracer } from "./tracing.ts";

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
  startTracing(memory, station.slot).heap = station.heap;
}

/** In the main thread, which has one recorder for all its runtimes, for each of them. */
export function traceRuntime(heap: Heap): void {
  if (tracer instanceof Recorder) tracer.heap ??= heap;
}
