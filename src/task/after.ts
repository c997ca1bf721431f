import { Future, moreOf, rareOf, runningTask, whenSettled } from "../sched/core.ts";
import { endWith, spawnWhenReady } from "../sched/dataflow.ts";
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
  if (!args.some(isPending)) return spawnNow(def, args.map(valueIn), options);
  const frame = currentFrame();
  const inTask = frame !== null && (workerHere() !== null || runningTask(frame) !== null);
  if (inTask && options === null && def.body !== Body.ASYNC) {
    getPort()?.glance(); // whoever makes many of these meanwhile hears that inputs have come
    return spawnWhenReady(def, args, frame);
  }
  return afterAnywhere(def, args, prepareOptions(def, options)); // now: later nobody may be there who can register the task
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
  rareOf(future).onCancel = (reason) => {
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

const isPending = (arg: unknown): boolean => arg instanceof Future && arg.state !== State.DONE;
const isInput = (arg: unknown): arg is Future<unknown> => arg instanceof Future;
const valueIn = (arg: unknown): unknown => (arg instanceof Future ? arg.a0 : arg);
