import {
  cancelBeforeStart,
  enqueue,
  type Frame,
  Future,
  moreOf,
  mustNotStart,
  runningTask,
  settle,
  whenSettled,
} from "../sched/core.ts";
import { Body, type SpawnOptions, type TaskDefinition } from "../sched/definition.ts";
import { workerHere } from "../sched/here.ts";
import { State } from "../sched/state.ts";
import { currentFrame, getPort } from "../sched/thread.ts";
import { prepareOptions, spawnNow } from "./options.ts";
import { spawnPlace } from "./runtime.ts";

/**
 * Dataflow: a future whose task is spawned once every future among `args` has its value. It belongs to the finish scope in
 * which it was made, from the beginning on.
 */
export function spawnAfter(def: TaskDefinition, args: unknown[], options: SpawnOptions | null): Future<unknown> {
  let left = 0;
  for (let i = 0; i < args.length; i++) if (isInput(args[i]) && (args[i] as Future<unknown>).state !== State.DONE) left++;
  if (left === 0) return spawnNow(def, args.map(valueIn), options);
  const frame = currentFrame();
  const inTask = frame !== null && (workerHere() !== null || runningTask(frame) !== null);
  return inTask && options === null && def.body !== Body.ASYNC
    ? afterInTask(def, args, frame)
    : afterAnywhere(def, args, prepareOptions(def, options)); // now: later nobody may be there who can register the task
}

/** In a task, the future that waits is the task itself, which goes into the deque when its inputs are there. */
function afterInTask(def: TaskDefinition, args: unknown[], frame: Frame): Future<unknown> {
  const { scope } = frame;
  const future = new Future<unknown>(State.PROMISED, def, frame, scope, undefined, undefined, undefined);
  const more = moreOf(future);
  more.port = getPort();
  more.args = args;
  if (scope !== null) scope.pending++;
  let left = 1;
  const inputArrived = (input: Future<unknown>): void => {
    if (future.state >= State.DONE) return;
    if (input.state !== State.DONE) return endWith(future, input.state, input.a0);
    if (--left === 0) begin(future);
  };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (!isInput(arg) || arg.state === State.DONE) continue;
    left++;
    whenSettled(arg, inputArrived);
  }
  if (--left === 0 && future.state < State.DONE) begin(future); // looking at the last one has settled it
  return future;
}

/** All inputs are there. */
function begin(future: Future<unknown>): void {
  const { more, def } = future;
  const args = more!.args!;
  for (let i = 0; i < args.length; i++) args[i] = valueIn(args[i]);
  if (args.length === def.arity) {
    [future.a0, future.a1, future.a2] = args;
    more!.args = null;
  }
  if (mustNotStart(future)) cancelBeforeStart(future);
  else enqueue(future);
}

/** The future ends as one of its inputs did. */
function endWith(future: Future<unknown>, state: number, value: unknown): void {
  settle(future, state, value); // first: the failure may cancel another input
  if (state === State.FAILED) future.scope?.fail(value, future);
  future.scope?.leave();
}

/** From outside of tasks, or with options: a future that stands for the task which is spawned later. */
function afterAnywhere(def: TaskDefinition, args: unknown[], options: SpawnOptions | null): Future<unknown> {
  const inputs = args.filter(isInput);
  const frame = currentFrame();
  const place = spawnPlace(def);
  const scope = frame?.scope ?? null;
  const future = new Future<unknown>(State.PROMISED, def, frame, scope, undefined, undefined, undefined);
  moreOf(future).port = place.port;
  if (scope !== null) scope.pending++;
  place.hold();
  let left = inputs.length;
  let spawned: Future<unknown> | null = null;
  const end = (state: number, value: unknown): void => {
    if (future.state >= State.DONE) return;
    if (spawned === null) options?.onEnd?.(true);
    endWith(future, state, value);
    place.release();
  };
  moreOf(future).onCancel = (reason) => {
    if (spawned === null) options?.onEnd?.(true);
    else spawned.cancel(reason);
    place.release();
  };
  const inputArrived = (input: Future<unknown>): void => {
    if (future.state >= State.DONE) return;
    if (input.state !== State.DONE) return end(input.state, input.a0);
    if (--left > 0) return;
    try {
      spawned = spawnNow(def, args.map(valueIn), options, place);
    } catch (error) {
      return end(State.FAILED, error);
    }
    whenSettled(spawned, (it) => end(it.state, it.a0));
  };
  for (const input of inputs) whenSettled(input, inputArrived);
  return future;
}

const isInput = (arg: unknown): arg is Future<unknown> => arg instanceof Future;
const valueIn = (arg: unknown): unknown => (arg instanceof Future ? arg.a0 : arg);
