/** heddle's figures as OpenTelemetry metrics: `heddle/opentelemetry`. Needs `@opentelemetry/api`, a peer dependency. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type BatchObservableResult, type Meter, metrics, type Observable } from "@opentelemetry/api";
import { UsageError } from "../errors.ts";
import { liveRuntimes } from "../task/runtime.ts";

export interface InstrumentOptions {
  /** Whose instruments they are. Default: the meter "heddle" of the global meter provider. */
  readonly meter?: Meter;
  /** Whether to record how long each task takes that is spawned outside of tasks. Default: true. */
  readonly taskDuration?: boolean;
}

/** Ends what `instrument` has begun. */
export interface Instrumentation extends Disposable {
  stop(): void;
}

/** What `heddle:task:end` tells. */
interface TaskEnd {
  readonly name: string;
  readonly status: "fulfilled" | "failed" | "cancelled";
  readonly durationMs: number;
  readonly error: unknown;
  readonly runtime: { readonly name: string };
}

const TASK_END = "heddle:task:end";
/** From 10 microseconds to 100 seconds. */
const BOUNDARIES = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

/**
 * Reports the figures of all runtimes of this process as OpenTelemetry metrics. They are read when the SDK collects, so between two collections
 * this costs nothing, but for `heddle.task.duration`, which is recorded for each task that is spawned outside of tasks: such tasks
 * are then not sent in bundles.
 *
 * ```ts
 * import { instrument } from "heddle/opentelemetry";
 * instrument(); // once the SDK has been started
 * ```
 *
 * @throws UsageError `HEDDLE_USAGE` for something that is no meter.
 */
export function instrument(options: InstrumentOptions = {}): Instrumentation {
  const meter = options.meter ?? metrics.getMeter("heddle");
  if (typeof meter?.createObservableCounter !== "function") throw new UsageError("instrument: meter is no OpenTelemetry meter");
  const stopFigures = observeFigures(meter);
  const stopDurations = options.taskDuration === false ? (): void => {} : recordDurations(meter);
  const stop = (): void => {
    stopFigures();
    stopDurations();
  };
  return { stop, [Symbol.dispose]: stop };
}

function observeFigures(meter: Meter): () => void {
  const counter = (name: string, unit: string, description: string): Observable =>
    meter.createObservableCounter(name, { unit, description });
  const level = (name: string, unit: string, description: string): Observable =>
    meter.createObservableUpDownCounter(name, { unit, description });

  const executed = counter("heddle.task.count", "{task}", "Tasks whose bodies have begun.");
  const promoted = counter("heddle.task.promoted", "{task}", "Tasks moved into shared memory, where any worker can take them.");
  const stolen = counter("heddle.task.stolen", "{task}", "Tasks taken from other threads.");
  const parked = counter("heddle.worker.parked", "{park}", "Times that a worker went to sleep for want of work.");
  const lost = counter("heddle.worker.lost", "{worker}", "Worker threads that have died and were replaced.");
  const workers = level("heddle.worker.count", "{worker}", "Worker threads.");
  const active = level("heddle.task.active", "{task}", "Tasks spawned outside of tasks that have not come home.");
  const queue = level("heddle.task.queue.length", "{task}", "Tasks that lie in shared memory and wait for a worker.");
  const used = level("heddle.heap.used", "By", "Heap in blocks that are in use.");
  const limit = level("heddle.heap.limit", "By", "The size of the heap.");

  const observe = (result: BatchObservableResult): void => {
    for (const runtime of liveRuntimes()) {
      const stats = runtime.stats();
      const of = { "heddle.runtime.name": stats.name };
      const each = stats.workers === 0 ? [stats] : stats.perWorker;
      each.forEach((figures, i) => {
        const whose = { ...of, "heddle.worker.id": stats.workers === 0 ? 0 : i + 1 };
        result.observe(executed, figures.executed, whose);
        result.observe(promoted, figures.promoted, whose);
        result.observe(stolen, figures.stolen, whose);
        result.observe(parked, figures.parked, whose);
      });
      result.observe(lost, stats.lost, of);
      result.observe(workers, stats.idle, { ...of, "heddle.worker.state": "idle" });
      result.observe(workers, stats.workers - stats.idle, { ...of, "heddle.worker.state": "active" });
      result.observe(active, stats.outstanding, of);
      result.observe(queue, stats.stealable, of);
      result.observe(used, stats.heap.used, of);
      result.observe(limit, stats.heap.capacity, of);
    }
  };
  const all = [executed, promoted, stolen, parked, lost, workers, active, queue, used, limit];
  meter.addBatchObservableCallback(observe, all);
  return () => meter.removeBatchObservableCallback(observe, all);
}

function recordDurations(meter: Meter): () => void {
  const duration = meter.createHistogram("heddle.task.duration", {
    unit: "s",
    description: "From the spawn of a task outside of tasks until its future is settled.",
    advice: { explicitBucketBoundaries: BOUNDARIES },
  });
  const record = (message: unknown): void => {
    const { name, status, durationMs, error, runtime } = message as TaskEnd;
    const attributes: Record<string, string> = {
      "heddle.task.name": name,
      "heddle.task.status": status,
      "heddle.runtime.name": runtime.name,
    };
    if (status === "failed") attributes["error.type"] = typeOf(error);
    duration.record(durationMs / 1000, attributes);
  };
  subscribe(TASK_END, record);
  return () => void unsubscribe(TASK_END, record);
}

/** Few different values, as the semantic conventions want it: the code, or else the class. */
function typeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === "string") return code;
  return typeof name === "string" ? name : "_OTHER";
}
