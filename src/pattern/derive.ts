/** Futures that stand for several tasks together, or for what is made of their values. */
import { Future } from "../sched/core.ts";
import { NO_TASK } from "../sched/definition.ts";
import { moreOf, rareOf } from "../sched/more.ts";
import { settle, whenSettled } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import { currentFrame, getPort } from "../sched/thread.ts";
import { tracer } from "../sched/tracing.ts";
import { watch } from "../sched/watch.ts";
import { scopePort } from "../task/runtime.ts";

/** A future that no task computes; a plain task that opened it may join it. `onCancel` stops what would settle it. */
export function openFuture<T>(name: string, onCancel: (reason: unknown) => void): Future<T> {
  const future = new Future<unknown>(State.PROMISED, NO_TASK, currentFrame(), null, undefined, undefined, undefined);
  const more = moreOf(future);
  more.port = scopePort() ?? getPort();
  more.options = { name };
  rareOf(future).onCancel = onCancel;
  return future as Future<T>;
}

export const fulfil = <T>(future: Future<T>, value: T): void => settle(future as Future<unknown>, State.DONE, value);
export const reject = (future: Future<unknown>, error: unknown): void => settle(future, State.FAILED, error);
/** Ends a future as another one has ended. */
export const follow = (future: Future<unknown>, other: Future<unknown>): void => settle(future, other.state, other.a0);

/**
 * A future of what `next` makes of all values, or the value of the future that it returns. The first failure cancels the rest;
 * so does cancelling the future.
 */
export function gather<V, T>(name: string, futures: readonly Future<V>[], next: (values: V[]) => T | Future<T>): Future<T> {
  const made = tracer.inThisCall(next);
  let last: Future<T> | null = null;
  const cancelAll = (reason: unknown): void => {
    for (const future of futures) future.cancel(reason);
    last?.cancel(reason);
  };
  const all = openFuture<T>(name, cancelAll);
  let left = futures.length;
  const end = (it: Future<unknown>): void => {
    if (all.state >= State.DONE) return;
    watch?.feeds(it, all as Future<unknown>);
    tracer.follows(all as Future<unknown>, it);
    follow(all as Future<unknown>, it);
    if (it.state !== State.DONE) cancelAll(it.a0);
  };
  const arrived = (future: Future<unknown>): void => {
    watch?.feeds(future, all as Future<unknown>);
    tracer.follows(all as Future<unknown>, future);
    if (--left === 0) make();
  };
  const make = (): void => {
    if (all.state >= State.DONE) return;
    const body = (): void => {
      try {
        const it = made(futures.map((future) => future.a0 as V));
        if (!(it instanceof Future)) return fulfil(all, it);
        watch?.feeds(null, all as Future<unknown>);
        last = it;
        rareOf(all as Future<unknown>).of = [it];
        whenSettled(it as Future<unknown>, end);
      } catch (error) {
        reject(all as Future<unknown>, error);
      }
    };
    if (watch === null) body();
    else watch.runFed(all as Future<unknown>, body); // what `next` does comes before the future as well
  };
  rareOf(all as Future<unknown>).of = futures;
  if (left === 0) make();
  for (const future of futures) {
    whenSettled(future as Future<unknown>, (it) => (it.state === State.DONE ? arrived(it) : end(it)));
  }
  return all;
}
