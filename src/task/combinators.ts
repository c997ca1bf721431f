import { UsageError } from "../errors.ts";
import { noteSite } from "../sched/awaits.ts";
import { Future } from "../sched/core.ts";
import { NO_TASK } from "../sched/definition.ts";
import { moreOf, rareOf } from "../sched/more.ts";
import { settle, whenSettled } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import { getPort } from "../sched/thread.ts";
import { tracer } from "../sched/tracing.ts";
import { watch } from "../sched/watch.ts";
import { scopePort } from "./runtime.ts";

type Values<F extends readonly Future<unknown>[]> = { -readonly [K in keyof F]: F[K] extends Future<infer T> ? T : never };

/** A future of all values, in order. Fails with the first failure. Never blocks. */
export function whenAll<const F extends readonly Future<unknown>[]>(futures: F): Future<Values<F>> {
  check("whenAll", futures);
  const all = combined("whenAll", futures);
  const inputs = [...futures];
  let left = inputs.length;
  const resultOf = (it: Future<unknown>): unknown => it.a0;
  const done = (): void => {
    if (tracer.on) for (const input of inputs) tracer.follows(all, input);
    settle(all, State.DONE, inputs.map(resultOf));
  };
  if (left === 0) done();
  const waiter = (it: Future<unknown>): void => {
    watch?.feeds(it, all);
    if (it.state !== State.DONE) {
      if (all.state < State.DONE) tracer.follows(all, it);
      settle(all, it.state, it.a0);
    } else if (--left === 0) done();
  };
  for (const input of inputs) whenSettled(input, waiter);
  return all as Future<Values<F>>;
}

/** A future of the first value; fails with an AggregateError when all of them fail. Never blocks. */
export function whenAny<const F extends readonly Future<unknown>[]>(futures: F): Future<Values<F>[number]> {
  check("whenAny", futures);
  if (futures.length === 0) throw new UsageError("whenAny: no futures were given, so none can ever be the first");
  const any = combined("whenAny", futures);
  const errors: unknown[] = new Array(futures.length);
  let left = futures.length;
  futures.forEach((future, i) => {
    whenSettled(future, (it) => {
      if (it.state === State.DONE) {
        if (any.state < State.DONE) tracer.follows(any, it);
        watch?.feeds(it, any);
        return settle(any, State.DONE, it.a0);
      }
      errors[i] = it.a0;
      if (--left > 0) return;
      for (const input of futures) watch?.feeds(input, any);
      settle(any, State.FAILED, new AggregateError(errors, "whenAny: every future failed"));
    });
  });
  return any as Future<Values<F>[number]>;
}

function combined(name: string, futures: readonly Future<unknown>[]): Future<unknown> {
  const future = new Future<unknown>(State.PROMISED, NO_TASK, null, null, undefined, undefined, undefined);
  const more = moreOf(future);
  more.options = { name };
  rareOf(future).of = futures;
  noteSite(future);
  more.port = futures[0]?.more?.port ?? scopePort() ?? getPort();
  return future;
}

function check(name: string, futures: readonly unknown[]): void {
  futures.forEach((future, i) => {
    if (!(future instanceof Future)) throw new UsageError(`${name}: element ${i} is not a future`);
  });
}
