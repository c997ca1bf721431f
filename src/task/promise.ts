import { PromiseError, UsageError } from "../errors.ts";
import { noteSite } from "../sched/awaits.ts";
import { Future } from "../sched/core.ts";
import { NO_TASK } from "../sched/definition.ts";
import { moreOf } from "../sched/more.ts";
import { serialPlaces } from "../sched/places.ts";
import { settle } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import { getPort } from "../sched/thread.ts";
import { tracer } from "../sched/tracing.ts";
import { putBeside } from "./future-beside.ts";
import { scopePort } from "./runtime.ts";

/**
 * The writing end of a future that no task computes (Habanero's data-driven future). Both ends may be given to other tasks
 * as arguments; whoever puts first settles it.
 */
export class HeddlePromise<T> {
  /** The reading end. */
  readonly future: Future<T>;

  /** @internal */
  constructor(future: Future<T>) {
    if (!(future instanceof Future)) throw new UsageError("new HeddlePromise(): promises are made by promise()");
    this.future = future;
  }

  /**
   * Fulfils the future. Never blocks.
   *
   * @throws PromiseError `HEDDLE_PROMISE_SETTLED` when it was settled before.
   * @throws UsageError `HEDDLE_USAGE` when the value is the future itself, which could never be awaited.
   */
  put(value: T): void {
    if ((value as unknown) === this.future) throw new UsageError("A promise cannot be fulfilled with its own future.");
    settlePromise(this.future as Future<unknown>, State.DONE, value);
  }

  /** Fails the future. Never blocks. @throws PromiseError `HEDDLE_PROMISE_SETTLED` when it was settled before. */
  fail(error: unknown): void {
    settlePromise(this.future as Future<unknown>, State.FAILED, error);
  }
}

/** A promise and its future. Never blocks. */
export function promise<T>(): HeddlePromise<T> {
  const future = new Future<unknown>(State.PROMISED, NO_TASK, null, null, undefined, undefined, undefined);
  moreOf(future).port = scopePort() ?? getPort();
  noteSite(future);
  return new HeddlePromise(future as Future<T>);
}

function settlePromise(future: Future<unknown>, state: number, value: unknown): void {
  tracer.puts(future);
  if (serialPlaces !== null && putBeside(future, state, value, (it, brought) => settlePromise(it, state, brought))) return;
  if (remotePut !== null && future.more?.rare.crossed !== undefined) return remotePut(future, state, value);
  if (future.state === State.CANCELLED) return;
  if (future.state >= State.DONE) throw new PromiseError("This promise was put or failed before; a future is settled once.");
  settle(future, state, value);
}

/** Settles a promise that other threads know; set by shared-future.ts. */
let remotePut: ((future: Future<unknown>, state: number, value: unknown) => void) | null = null;
export function onRemotePut(hook: NonNullable<typeof remotePut>): void {
  remotePut = hook;
}
