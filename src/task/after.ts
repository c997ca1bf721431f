import { forgetDataflow, noteDataflow, noteSite } from "../sched/awaits.ts";
import { Future, runningTask } from "../sched/core.ts";
import { endWith, spawnWhenReady } from "../sched/dataflow.ts";
import { Body, type SpawnOptions, type TaskDefinition } from "../sched/definition.ts";
import { director } from "../sched/direct.ts";
import { workerHere } from "../sched/here.ts";
import { moreOf, rareOf } from "../sched/more.ts";
import { whenSettled } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import { currentFrame, getPort } from "../sched/thread.ts";
import { tracer } from "../sched/tracing.ts";
import { watch } from "../sched/watch.ts";
import { prepareOptions, spawnNow } from "./options.ts";
import { spawnPlace } from "./runtime.ts";

/**
 * Dataflow: a future whose task is spawned once every future among `args` has its value. It belongs to the finish scope in
 * which it was made, from the beginning on.
 */
export function spawnAfter(def: TaskDefinition, args: unknown[], options: SpawnOptions | null): Future<unknown> {
  if (!args.some(isPending)) {
    const future = followed(spawnNow(def, args.map(valueIn), options), args);
    if (watch !== null) for (const arg of args) if (arg instanceof Future) watch.feeds(arg, future);
    return future;
  }
  const frame = currentFrame();
  const inTask = frame !== null && (workerHere() !== null || runningTask(frame) !== null);
  if (inTask && options === null && def.body !== Body.ASYNC) {
    getPort()?.glance(); // whoever makes many of these meanwhile hears that inputs have come
    director?.glanced();
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
  const more = moreOf(future);
  more.port = place.port;
  const rare = rareOf(future);
  rare.of = inputs;
  noteSite(future);
  noteDataflow(future);
  tracer.spawnsLater();
  if (scope !== null) scope.pending++;
  watch?.made(future);
  place.hold();
  let left = inputs.length;
  let spawned: Future<unknown> | null = null;
  const end = (state: number, value: unknown): void => {
    if (future.state >= State.DONE) return;
    forgetDataflow(future);
    if (spawned === null) options?.onEnd?.(true);
    endWith(future, state, value);
    place.release();
  };
  rare.onCancel = (reason) => {
    forgetDataflow(future);
    if (spawned === null) options?.onEnd?.(true);
    else spawned.cancel(reason);
    place.release();
  };
  const spawnIt = (): Future<unknown> => followed(spawnNow(def, args.map(valueIn), options, place), args);
  const inputArrived = (input: Future<unknown>): void => {
    watch?.feeds(input, future);
    if (future.state >= State.DONE) return;
    if (input.state !== State.DONE) return end(input.state, input.a0);
    if (--left > 0) return;
    try {
      spawned = watch === null ? tracer.inputsCame(spawnIt) : watch.runFed(future, spawnIt);
      tracer.follows(future, spawned);
      rare.of = [spawned];
    } catch (error) {
      return end(State.FAILED, error);
    }
    whenSettled(spawned, (it) => end(it.state, it.a0));
  };
  for (const input of inputs) whenSettled(input, inputArrived);
  return future;
}

const isPending = (arg: unknown): boolean => arg instanceof Future && arg.state !== State.DONE;

/** Tells the tracer what the task comes after. */
function followed(future: Future<unknown>, args: readonly unknown[]): Future<unknown> {
  if (tracer.on) for (const arg of args) if (isInput(arg)) tracer.follows(future, arg);
  return future;
}

const isInput = (arg: unknown): arg is Future<unknown> => arg instanceof Future;
const valueIn = (arg: unknown): unknown => (arg instanceof Future ? arg.a0 : arg);
