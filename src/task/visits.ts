/** Tasks that go from one place to another in the same thread, in serial mode: arguments and results are copied as between threads. */
import { copyBeside, copyErrorBeside, definitionFor } from "../sched/beside.ts";
import { type Frame, type Future, runningTask, spawnBelow } from "../sched/core.ts";
import { Body, type SpawnOptions, type TaskDefinition } from "../sched/definition.ts";
import type { SerialPlaces } from "../sched/places.ts";
import { noteCopy } from "../sched/spawn-site.ts";
import { withSpawnSite } from "../shared/codec/index.ts";

type Spawn = (args: unknown[], options: SpawnOptions | null) => Future<unknown>;
type Fn = (...args: unknown[]) => unknown;

/** How tasks of this definition are spawned from here, now and later. */
export function spawnFrom(places: SerialPlaces, frame: Frame | null, def: TaskDefinition): Spawn {
  const from = places.here();
  return (args, options) => {
    const wanted = options?.place;
    if (wanted === undefined) return spawnBelow(frame, places.placed(def, from), args, options);
    const to = placeOf(places, options!, from);
    return spawnBelow(frame, visitor(places, def, from, to), copyBeside(args, from, to, "args"), options);
  };
}

function placeOf(places: SerialPlaces, { place, object }: SpawnOptions, from: number): number {
  if (object !== undefined) return places.placeOfObject(object.id) ?? from;
  return place === "anywhere" ? places.nextForAnywhere() : place!;
}

const visitors = new Map<TaskDefinition, TaskDefinition[]>();

/** The definition as it runs at place `to` for place `from`: what comes of it is copied. */
function visitor(places: SerialPlaces, def: TaskDefinition, from: number, to: number): TaskDefinition {
  let all = visitors.get(def);
  if (all === undefined) visitors.set(def, (all = []));
  return (all[from * places.places + to] ??= makeVisitor(places.placed(definitionFor(def, to), to), from));
}

function makeVisitor(def: TaskDefinition, home: number): TaskDefinition {
  const there = def.place!;
  const fn = def.fn as Fn;
  const back = <T>(value: T): T => copyBeside(value, there, home, "result");
  const failed = (error: unknown): unknown =>
    withSpawnSite(copyErrorBeside(error, there, home), runningTask()?.more?.rare.spawnSite?.toString());
  const bodies: { readonly [kind in TaskDefinition["body"]]: Fn } = {
    [Body.PLAIN]: function visit(...args) {
      try {
        return back(fn(...args));
      } catch (error) {
        throw failed(error);
      }
    },
    [Body.GENERATOR]: function* visit(...args): Generator<unknown, unknown, unknown> {
      try {
        return back(yield* fn(...args) as Generator<unknown, unknown, unknown>);
      } catch (error) {
        throw failed(error);
      }
    },
    [Body.ASYNC]: async function visit(...args) {
      try {
        return back(await fn(...args));
      } catch (error) {
        throw failed(error);
      }
    },
  };
  return noteCopy({ ...def, fn: bodies[def.body], arity: -1, home }, def);
}
