import type { Frame, Future } from "./core.ts";
import type { SpawnOptions } from "./definition.ts";
import type { Scope } from "./scope.ts";

/**
 * A thread's connection to the other threads of its runtime. `core.ts` calls it where a task leaves the thread, comes
 * back, or where nothing is left to do. A worker has one, the main thread one for each runtime, the serial scheduler
 * its own.
 */
export interface Port {
  /**
   * Somebody is hungry: promote the oldest private task unless enough is stealable. Not at each call where what was promoted before came back
   * tiny, unless `atOnce`.
   */
  feed(atOnce: boolean): void;
  /** Between two tasks, with more than one left: promote some if others take them. The newest stays. */
  share(): void;
  /** Between two tasks, or where a task makes many: takes the mail if there is any. */
  glance(): void;
  /** The clock may be read now; returns after how many runs it wants to be called again. */
  tick(): number;
  /** Takes a new task that must not go to the private deque (priority, affinity). False: it may. */
  divert(future: Future<unknown>, options: SpawnOptions): boolean;
  /**
   * The stack waits for `awaited` and has nothing of its own to run. Runs one piece of work that descends from it, or
   * reads mail, or sleeps until there is either. Returns false when generator tasks can go on instead.
   */
  help(awaited: Future<unknown> | Scope, done: () => boolean): boolean;
  /** A generator or async task can go on, or was spawned outside the worker's loop. */
  localWork(): void;
  /** Somebody outside the scheduler waits for this future: the thread must live until it is settled. */
  expectResult(future: Future<unknown>): void;
  /** Something that was not spawned here comes by mail: the thread must take its mail until `unwantMail`. */
  wantMail?(): void;
  unwantMail?(): void;
  /** A message that is no cell has been sent to another thread. */
  sent?(): void;
  /** It failed, and nobody can hear of it any more. */
  unhandled(future: Future<unknown>): void;
  cancelPromoted(future: Future<unknown>): void;
  cancelPromotedBelow(below: (frame: Frame) => boolean, reason: unknown): void;
  /** Another thread has cancelled something: look whether it is ours. */
  lookForCancellation(): void;
}
