/** The parts of a task's life that have no hooks, as a traced thread has them: futures with notes, spawn, the body, join. */

import { Control } from "../shared/layout.ts";
import { BACK_PRESSURE, Future, pressed, spawnOutside } from "./core.ts";
import { Body, type TaskDefinition } from "./definition.ts";
import type { Recorder } from "./recorder.ts";
import type { Kind, Run } from "./run-note.ts";
import { State } from "./state.ts";
import { thread } from "./thread.ts";

/** A future with what a recorder notes of it. Others get the same fields when they are first told of. */
export class TracedFuture extends Future<unknown> {
  /** Its number in this thread's events. */
  tn: number | undefined = 0;
  /** Where in its parent it was spawned: segment, path, work; when, in ticks. Once folded, `tpath` is where it has ended; once told apart, `tat` is when. */
  tseg = 0;
  tpath = 0;
  twork = 0;
  tat = 0;
  tflag = 0;
  trun: Run | null = null;
  /** When it was spawned (ns), where that is worth a number on the engine's heap. */
  declare texact?: number;
}

/** As `makeSpawn` in core.ts. */
export function tracedSpawn(def: TaskDefinition, recorder: Recorder): (...args: never[]) => Future<unknown> {
  const push = (a0: unknown, a1: unknown, a2: unknown): Future<unknown> => {
    const parent = thread.items[thread.at]!;
    const { scope } = parent;
    const future = new TracedFuture(State.PRIVATE, def, parent, scope, a0, a1, a2);
    recorder.spawnedHere(future);
    if (scope !== null) scope.pending++;
    thread.items[thread.top++] = future;
    if (thread.words[Control.HUNGRY] !== 0 || thread.top - thread.head > BACK_PRESSURE) pressed(future);
    return future;
  };
  // biome-ignore-start lint/complexity/noArguments: as in core.ts
  switch (def.body === Body.ASYNC ? -1 : def.arity) {
    case 1:
      return function spawn(a0: unknown) {
        if (arguments.length !== 1 || thread.at < 0) return spawnOutside(def, [...arguments]);
        return push(a0, undefined, undefined);
      } as (...args: never[]) => Future<unknown>;
    case 2:
      return function spawn(a0: unknown, a1: unknown) {
        if (arguments.length !== 2 || thread.at < 0) return spawnOutside(def, [...arguments]);
        return push(a0, a1, undefined);
      } as (...args: never[]) => Future<unknown>;
    case 3:
      return function spawn(a0: unknown, a1: unknown, a2: unknown) {
        if (arguments.length !== 3 || thread.at < 0) return spawnOutside(def, [...arguments]);
        return push(a0, a1, a2);
      } as (...args: never[]) => Future<unknown>;
    case 0:
      return (...args: unknown[]) =>
        args.length !== 0 || thread.at < 0 ? spawnOutside(def, args) : push(undefined, undefined, undefined);
    default:
      return (...args: unknown[]) => spawnOutside(def, args);
  }
  // biome-ignore-end lint/complexity/noArguments: as in core.ts
}

type PlainBody = (...args: unknown[]) => unknown;

/** A plain task's body between its beginning and its end. */
export function tracedBody(def: TaskDefinition, kind: Kind, recorder: Recorder): PlainBody {
  const fn = def.fn as PlainBody;
  // biome-ignore-start lint/complexity/noArguments: rest parameters would allocate an array for each task
  switch (def.arity) {
    case 0:
      return function () {
        const run = recorder.begin(thread.items[thread.at] as TracedFuture, kind);
        let failed = true;
        try {
          const value = arguments.length === 0 ? fn() : fn(...arguments);
          failed = false;
          return value;
        } catch (error) {
          recorder.failed(run, error);
          throw error;
        } finally {
          recorder.end(run, failed);
        }
      } as PlainBody;
    case 1:
      return function (a0: unknown) {
        const run = recorder.begin(thread.items[thread.at] as TracedFuture, kind);
        let failed = true;
        try {
          const value = arguments.length === 1 ? fn(a0) : fn(...arguments);
          failed = false;
          return value;
        } catch (error) {
          recorder.failed(run, error);
          throw error;
        } finally {
          recorder.end(run, failed);
        }
      } as PlainBody;
    case 2:
      return function (a0: unknown, a1: unknown) {
        const run = recorder.begin(thread.items[thread.at] as TracedFuture, kind);
        let failed = true;
        try {
          const value = arguments.length === 2 ? fn(a0, a1) : fn(...arguments);
          failed = false;
          return value;
        } catch (error) {
          recorder.failed(run, error);
          throw error;
        } finally {
          recorder.end(run, failed);
        }
      } as PlainBody;
    default:
      return (...args) => {
        const run = recorder.begin(thread.items[thread.at] as TracedFuture, kind);
        let failed = true;
        try {
          const value = fn(...args);
          failed = false;
          return value;
        } catch (error) {
          recorder.failed(run, error);
          throw error;
        } finally {
          recorder.end(run, failed);
        }
      };
  }
  // biome-ignore-end lint/complexity/noArguments: rest parameters would allocate an array for each task
}

const { join } = Future.prototype;

/** Every join of this thread tells the recorder what it has joined. */
export function traceJoins(recorder: Recorder): void {
  Future.prototype.join = function tracedJoin<T>(this: Future<T>): T {
    const value = join.call(this) as T;
    recorder.joined(this as unknown as TracedFuture);
    return value;
  };
}

/** For tests, which trace one thread several times. */
export function untraceJoins(): void {
  Future.prototype.join = join;
}
