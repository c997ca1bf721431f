import { UsageError } from "../errors.ts";
import { noteSite } from "../sched/awaits.ts";
import { asCancellation } from "../sched/cancel.ts";
import { Future } from "../sched/core.ts";
import type { SpawnOptions, TaskDefinition } from "../sched/definition.ts";
import { moreOf } from "../sched/more.ts";
import { whenSettled } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import { tracer } from "../sched/tracing.ts";
import { shown } from "../shared/given.ts";
import { spawnAfter } from "./after.ts";
import { type SpawnPlace, spawnPlace } from "./runtime.ts";
import type { Spawner } from "./task.ts";
import { whereabouts } from "./whereabouts.ts";

/** A task with options: `task.with({ priority: "high" }).spawn(...)`. */
export function spawnWith(def: TaskDefinition, options: SpawnOptions): Spawner<never, never> {
  checkOptions(options);
  return {
    spawn: (...args: unknown[]) => spawnNow(def, args, options),
    after: (...args: unknown[]) => spawnAfter(def, args, options),
    at: (at: number) => spawnAt(def, at, options),
    get anywhere() {
      return spawnWith(def, { ...options, place: "anywhere" });
    },
    with: (more: SpawnOptions) => spawnWith(def, { ...options, ...more }),
  } as unknown as Spawner<never, never>;
}

/** `task.at(place)`, where the place must be given. */
export function spawnAt(def: TaskDefinition, place: number, options: SpawnOptions = {}): Spawner<never, never> {
  if (place === undefined) checkPlace(place);
  return spawnWith(def, { ...options, place });
}

/** Spawns at once, in the place that applies here or in the one given. */
export function spawnNow(
  def: TaskDefinition,
  args: unknown[],
  options: SpawnOptions | null,
  place?: SpawnPlace,
): Future<unknown> {
  const { signal } = options ?? {};
  if (signal?.aborted === true) return cancelledAlready(def, signal);
  const prepared = prepareOptions(def, options);
  let future: Future<unknown>;
  try {
    future = (place ?? spawnPlace(def)).spawn(tracer.withSite(def, args), prepared);
  } catch (error) {
    prepared?.onEnd?.(true);
    throw error;
  }
  noteSite(future);
  if (signal !== undefined) {
    const onAbort = (): void => void future.cancel(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    whenSettled(future, () => signal.removeEventListener("abort", onAbort));
  }
  return future;
}

/** Registers a task that is about to be spawned with its phasers; set by phased.ts. */
let preparePhased: (def: TaskDefinition, options: SpawnOptions) => SpawnOptions = (_def, options) => options;
export function onPhasedSpawn(hook: typeof preparePhased): void {
  preparePhased = hook;
}

function checkPlace(place: number | "anywhere"): void {
  if (place === "anywhere") return;
  const { places } = whereabouts();
  if (Number.isInteger(place) && place >= 0 && place < places) return;
  const numbered = places === 1 ? "there is only place 0 here" : `places are numbered from 0 to ${places - 1}`;
  throw new UsageError(`place is ${shown(place)}; ${numbered}`);
}

/** The options as the scheduler wants them. What they begin ends when `onEnd` is called: by the scheduler, once it has the task. */
export function prepareOptions(def: TaskDefinition, options: SpawnOptions | null): SpawnOptions | null {
  if (options?.place !== undefined) {
    const { place: wanted, ...others } = options;
    const { place, places } = whereabouts();
    if (wanted === place || (wanted === "anywhere" && places === 1)) options = others;
  }
  return options?.phased === undefined || options.onEnd !== undefined ? options : preparePhased(def, options);
}

function cancelledAlready(def: TaskDefinition, signal: AbortSignal): Future<unknown> {
  const future = new Future<unknown>(State.CANCELLED, def, null, null, undefined, undefined, undefined);
  future.a0 = asCancellation(future, signal.reason);
  moreOf(future).observed = true;
  return future;
}

const PRIORITIES = ["high", "normal", "low"];

const KEYS = ["priority", "name", "signal", "affinity", "phased", "place"];

/** @throws UsageError `HEDDLE_USAGE` */
export function checkOptions(options: SpawnOptions): void {
  const unknown = Object.keys(options).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new UsageError(`there is no option ${unknown}; a spawn takes ${KEYS.join(", ")}`);
  const { priority, affinity, signal, place } = options;
  if (priority !== undefined && !PRIORITIES.includes(priority)) {
    throw new UsageError(`priority is ${shown(priority)}; it must be "high", "normal" or "low"`);
  }
  if (affinity !== undefined && !(Number.isInteger(affinity) && affinity >= 0)) {
    throw new UsageError(`affinity is ${shown(affinity)}; it must be the number of a worker, from 0`);
  }
  if (place !== undefined) checkPlace(place);
  if (signal !== undefined && typeof signal?.addEventListener !== "function")
    throw new UsageError("signal must be an AbortSignal");
}
