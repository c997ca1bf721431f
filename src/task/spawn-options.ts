import type { Phased } from "./phased.ts";

/** What can be said about a task when it is spawned: `task.with(options).spawn(...)`. */
export interface SpawnOptions {
  /** Which of three queues the task waits in. Default "normal". */
  readonly priority?: "high" | "normal" | "low";
  /** Shown in errors instead of the function's name. */
  readonly name?: string;
  /** Cancels the task when it aborts. */
  readonly signal?: AbortSignal;
  /** The number of the worker that should run it, from 0, modulo the number of workers; a hint. */
  readonly affinity?: number;
  /**
   * The place that is to run it, from 0, or "anywhere": whichever has workers without work. Default: the place that spawns it. `task.at(place)` and
   * `task.anywhere` are short for this.
   */
  readonly place?: number | "anywhere";
  /** Phasers that the task is registered with from its spawn on, at whatever place it runs. */
  readonly phased?: readonly Phased[];
}
