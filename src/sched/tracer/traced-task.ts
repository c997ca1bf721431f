/** Spawn and the body of a plain task as a traced thread has them, since they have no hooks. */

import { Control } from "../../shared/layout.ts";
import { BACK_PRESSURE, type Future, pressed, spawnOutside } from "../core.ts";
import { Body, type TaskDefinition } from "../definition.ts";
import { isOwn } from "../spawn-site.ts";
import { State } from "../state.ts";
import { thread as ownThread } from "../thread.ts";
import type { Folding } from "./folding.ts";
import type { Kind } from "./kind.ts";
import { TracedFuture } from "./traced-future.ts";

// Variables of this module: cheaper to reach than imports and their properties.
const thread = ownThread;
const { PRIVATE } = State;
const { HUNGRY } = Control;
const { PLAIN } = Body;
const Traced = TracedFuture;
const MOST = BACK_PRESSURE;

/** As `makeSpawn` in core.ts. `kind` is that of a plain task. */
export function tracedSpawn(
  def: TaskDefinition,
  recorder: Folding,
  kind: Kind | undefined,
): (...args: never[]) => Future<unknown> {
  if (isOwn(def.url)) return (...args: unknown[]) => ownSpawn(recorder, def, recorder.withSite(def, args));
  // biome-ignore-start lint/complexity/noArguments: as in core.ts
  switch (def.body === Body.ASYNC ? -1 : def.arity) {
    case 1:
      return function spawn(a0: unknown) {
        if (arguments.length !== 1 || thread.at < 0) return spawnOutside(def, [...arguments]);
        return push(recorder, kind, def, a0, undefined, undefined);
      } as (...args: never[]) => Future<unknown>;
    case 2:
      return function spawn(a0: unknown, a1: unknown) {
        if (arguments.length !== 2 || thread.at < 0) return spawnOutside(def, [...arguments]);
        return push(recorder, kind, def, a0, a1, undefined);
      } as (...args: never[]) => Future<unknown>;
    case 3:
      return function spawn(a0: unknown, a1: unknown, a2: unknown) {
        if (arguments.length !== 3 || thread.at < 0) return spawnOutside(def, [...arguments]);
        return push(recorder, kind, def, a0, a1, a2);
      } as (...args: never[]) => Future<unknown>;
    case 0:
      return (...args: unknown[]) =>
        args.length !== 0 || thread.at < 0 ? spawnOutside(def, args) : push(recorder, kind, def, undefined, undefined, undefined);
    default:
      return (...args: unknown[]) => spawnOutside(def, args);
  }
  // biome-ignore-end lint/complexity/noArguments: as in core.ts
}

function push(
  recorder: Folding,
  kind: Kind | undefined,
  def: TaskDefinition,
  a0: unknown,
  a1: unknown,
  a2: unknown,
): Future<unknown> {
  const parent = thread.items[thread.at]!;
  const { scope } = parent;
  let seg = 0;
  let path = 0;
  let work = 0;
  if (recorder.quiet === 0 || kind === undefined || --recorder.countdown <= 0) {
    const run = recorder.spawning();
    seg = run.seg;
    path = run.path | 0;
    work = (run.self + run.inner) | 0;
  }
  const future = new Traced(PRIVATE, def, parent, scope, a0, a1, a2, recorder.nextN(), seg, path, work, recorder.tick, kind);
  if (def.body !== PLAIN) future.texact = recorder.last;
  if (scope !== null) scope.pending++;
  thread.items[thread.top++] = future;
  if (thread.words[HUNGRY] !== 0 || thread.top - thread.head > MOST) pressed(future);
  return future;
}

/** A task of heddle's own, with what its spawns take along. */
function ownSpawn(recorder: Folding, def: TaskDefinition, args: unknown[]): Future<unknown> {
  if (args.length !== def.arity || thread.at < 0 || def.body === Body.ASYNC) return spawnOutside(def, args);
  return push(recorder, undefined, def, args[0], args[1], args[2]);
}

type PlainBody = (...args: unknown[]) => unknown;

/** A plain task's body between its beginning and its end. */
export function tracedBody(def: TaskDefinition, kind: Kind, recorder: Folding): PlainBody {
  const fn = def.fn as PlainBody;
  if (isOwn(def.url)) return ownBody(fn, kind, recorder);
  // biome-ignore-start lint/complexity/noArguments: rest parameters would allocate an array for each task
  switch (def.arity) {
    case 0:
      return function () {
        recorder.begin(kind);
        let value: unknown;
        try {
          value = arguments.length === 0 ? fn() : fn(...arguments);
        } catch (error) {
          recorder.threw(error);
          throw error;
        }
        recorder.end(kind);
        return value;
      } as PlainBody;
    case 1:
      return function (a0: unknown) {
        recorder.begin(kind);
        let value: unknown;
        try {
          value = arguments.length === 1 ? fn(a0) : fn(...arguments);
        } catch (error) {
          recorder.threw(error);
          throw error;
        }
        recorder.end(kind);
        return value;
      } as PlainBody;
    case 2:
      return function (a0: unknown, a1: unknown) {
        recorder.begin(kind);
        let value: unknown;
        try {
          value = arguments.length === 2 ? fn(a0, a1) : fn(...arguments);
        } catch (error) {
          recorder.threw(error);
          throw error;
        }
        recorder.end(kind);
        return value;
      } as PlainBody;
    default:
      return (...args) => {
        recorder.begin(kind);
        let value: unknown;
        try {
          value = fn(...args);
        } catch (error) {
          recorder.threw(error);
          throw error;
        }
        recorder.end(kind);
        return value;
      };
  }
  // biome-ignore-end lint/complexity/noArguments: rest parameters would allocate an array for each task
}

/** The same of a task of heddle's own. */
const ownBody =
  (fn: PlainBody, kind: Kind, recorder: Folding): PlainBody =>
  (...args) => {
    recorder.beginPart(kind, args.at(-1));
    let value: unknown;
    try {
      value = fn(...args);
    } catch (error) {
      recorder.threw(error);
      throw error;
    }
    recorder.end(kind);
    return value;
  };
