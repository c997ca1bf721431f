/** Tasks that go from one place to another in the same thread, in serial mode: arguments and results are copied as between threads. */
import { Copier, definitionFor } from "../sched/beside.ts";
import { type Frame, type Future, spawnBelow } from "../sched/core.ts";
import { Body, type SpawnOptions, type TaskDefinition } from "../sched/definition.ts";
import { type SerialPlaces, serialPlaces } from "../sched/places.ts";
import type { SharedMemory } from "../shared/memory.ts";

type Spawn = (args: unknown[], options: SpawnOptions | null) => Future<unknown>;
type Fn = (...args: unknown[]) => unknown;

/** How tasks of this definition are spawned from here, now and later. */
export function spawnFrom(places: SerialPlaces, frame: Frame | null, def: TaskDefinition, memory: () => SharedMemory): Spawn {
  const from = places.here();
  return (args, options) => {
    const wanted = options?.place;
    if (wanted === undefined) return spawnBelow(frame, places.placed(def, from), args, options);
    const to = wanted === "anywhere" ? places.nextForAnywhere() : wanted;
    const copier = new Copier(memory);
    return spawnBelow(frame, visitor(places, def, from, to, copier), copier.copy(args, from, to, "args"), options);
  };
}

const visitors = new Map<TaskDefinition, TaskDefinition[]>();

/** The definition as it runs at place `to` for place `from`: what comes of it is copied. */
function visitor(places: SerialPlaces, def: TaskDefinition, from: number, to: number, copier: Copier): TaskDefinition {
  let all = visitors.get(def);
  if (all === undefined) visitors.set(def, (all = []));
  return (all[from * places.places + to] ??= makeVisitor(places.placed(definitionFor(def, to), to), from, copier));
}

function makeVisitor(def: TaskDefinition, from: number, copier: Copier): TaskDefinition {
  const there = def.place!;
  const fn = def.fn as Fn;
  const back = <T>(value: T): T => copier.copy(value, there, from, "result");
  const failed = (error: unknown): unknown => copier.copyError(error, there, from);
  const bodies: { readonly [kind in TaskDefinition["body"]]: Fn } = {
    [Body.PLAIN]: (...args) => {
      try {
        return back(fn(...args));
      } catch (error) {
        throw failed(error);
      }
    },
    [Body.GENERATOR]: function* (...args): Generator<unknown, unknown, unknown> {
      try {
        return back(yield* fn(...args) as Generator<unknown, unknown, unknown>);
      } catch (error) {
        throw failed(error);
      }
    },
    [Body.ASYNC]: async (...args) => {
      try {
        return back(await fn(...args));
      } catch (error) {
        throw failed(error);
      }
    },
  };
  return { ...def, fn: bodies[def.body], arity: -1 };
}

/** Copies between places where there are several in this thread. */
export function copyBeside<T>(value: T, from: number, to: number, root: string, memory: () => SharedMemory): T {
  return serialPlaces === null || from === to ? value : new Copier(memory).copy(value, from, to, root);
}
