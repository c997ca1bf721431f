/** Beginning to trace a thread. */
import { TraceBuffer } from "../trace/buffer.ts";
import { serialPlaces } from "./places.ts";
import { knownTasks } from "./registry.ts";
import type { Station } from "./station.ts";
import { Recorder } from "./tracer/recorder.ts";
import { traceJoins } from "./tracer/traced-join.ts";
import { setTracer } from "./tracing.ts";

/** Before any task is defined but heddle's own, whose spawns are replaced. */
export function startTracing(memory: SharedArrayBuffer, slot: number, clock?: () => number): Recorder {
  const recorder = new Recorder(new TraceBuffer(memory), slot, clock);
  setTracer(recorder);
  traceJoins(recorder);
  if (serialPlaces !== null) return recorder; // which spawns those by itself
  for (const [def, task] of knownTasks())
    if (Object.hasOwn(task, "spawn"))
      Object.defineProperty(task, "spawn", { value: recorder.makeSpawn(def), configurable: true });
  return recorder;
}

/** In a worker, before its first task. */
export function traceWorker(memory: SharedArrayBuffer, station: Station): void {
  station.trace = new TraceBuffer(memory);
  startTracing(memory, station.slot).measures(station.heap);
}
