/** Dataflow inside one thread: a future that waits for its inputs is itself the task that goes into the deque when they are there. */
import { cancelBeforeStart, enqueue, type Frame, Future, mustNotStart } from "./core.ts";
import type { TaskDefinition } from "./definition.ts";
import { director } from "./direct.ts";
import { More } from "./more.ts";
import { settle, whenSettled } from "./settling.ts";
import { State } from "./state.ts";
import { getPort, thread } from "./thread.ts";
import { tracer } from "./tracing.ts";
import { watch } from "./watch.ts";

/**
 * A task below `frame` that starts when the futures among its arguments have their values, of which at least one is missing. As long
 * as it is PROMISED, `a0` counts those.
 */
export function spawnWhenReady(def: TaskDefinition, args: unknown[], frame: Frame): Future<unknown> {
  const { scope } = frame;
  const future = new Future<unknown>(State.PROMISED, def, frame, scope, 1, undefined, undefined);
  const more = new More();
  more.port = getPort();
  more.args = args;
  future.more = more;
  if (scope !== null) scope.pending++;
  if (tracer.on) tellInputs(future, args);
  watch?.spawned(future);
  director?.spawned(future);
  let left = 1;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (!(arg instanceof Future)) continue;
    if (arg.state === State.DONE) {
      watch?.feeds(arg, future);
      continue;
    }
    future.a0 = ++left;
    whenSettled(arg, future);
    if (future.state >= State.DONE) return future; // that input had failed
    left = future.a0 as number;
  }
  inputIsThere(future); // the one that was counted too many, so that none of the above could start it
  return future;
}

function tellInputs(future: Future<unknown>, args: readonly unknown[]): void {
  tracer.spawned(future);
  for (const arg of args) if (arg instanceof Future) tracer.follows(future, arg);
}

/** One of the futures that `future` waits for is settled. */
export function inputArrived(future: Future<unknown>, input: Future<unknown>): void {
  if (future.state >= State.DONE) return;
  watch?.feeds(input, future);
  if (input.state === State.DONE) inputIsThere(future);
  else endWith(future, input.state, input.a0);
}

function inputIsThere(future: Future<unknown>): void {
  const left = (future.a0 as number) - 1;
  if (left > 0) future.a0 = left;
  else begin(future);
}

function begin(future: Future<unknown>): void {
  const more = future.more!;
  const args = more.args!;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg instanceof Future) args[i] = arg.a0;
  }
  if (args.length === future.def.arity) {
    future.a0 = args[0];
    future.a1 = args[1];
    future.a2 = args[2];
    more.args = null;
  } else future.a0 = undefined;
  if (thread.cancellation && mustNotStart(future)) cancelBeforeStart(future);
  else enqueue(future);
}

/** The future ends as one of its inputs did. */
export function endWith(future: Future<unknown>, state: number, value: unknown): void {
  settle(future, state, value); // first: the failure may cancel another input
  if (state === State.FAILED) future.scope?.fail(value, future);
  future.scope?.leave();
}
