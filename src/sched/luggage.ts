/** What a task takes along to another thread or place, as its cell tells it. */
import { CellFlag } from "../shared/cell.ts";
import { ANYWHERE, OF_OBJECT } from "../shared/mailbox.ts";
import type { Frame, Future } from "./core.ts";
import type { SpawnOptions } from "./definition.ts";
import type { Scope } from "./scope.ts";

/** The options that a task takes along to another thread. */
interface Luggage {
  name?: string;
  priority?: "high" | "low";
  phased?: readonly unknown[];
  replay?: number;
}

/** Where an error came from, as far as this place knows. */
export const knownPlace = (future: Future<unknown>): number | undefined => {
  const place = awayPlace(future);
  return place === ANYWHERE || place === OF_OBJECT ? undefined : place;
};

/** The place that a task is for, if it is another one. */
export function awayPlace(future: Future<unknown>): number | undefined {
  const place = future.more?.options?.place;
  return place === "anywhere" ? ANYWHERE : place;
}

export const scopeFlags = (scope: Scope): number =>
  CellFlag.SCOPED | (scope.blocking ? CellFlag.BLOCKING : 0) | (scope.keepGoing ? CellFlag.KEEP_GOING : 0);

/** The arguments of a task that has no more than three. */
export function inlineArguments(future: Future<unknown>): unknown[] {
  switch (future.def.arity) {
    case 0:
      return [];
    case 1:
      return [future.a0];
    case 2:
      return [future.a0, future.a1];
    default:
      return [future.a0, future.a1, future.a2];
  }
}

/** The cell in which the task that spawned this one came to this thread; 0 when it was born here. */
export function tagOf(frame: Frame | null): number {
  for (let up = frame; up !== null; up = up.owner) if ("more" in up && up.owner === null) return up.more?.cell ?? 0;
  return 0;
}

export function luggage(future: Future<unknown>): Luggage | null {
  const options: SpawnOptions | null = future.more?.options ?? null;
  if (options === null) return null;
  const luggage: Luggage = {};
  if (options.name !== undefined) luggage.name = options.name;
  if (options.priority !== undefined && options.priority !== "normal") luggage.priority = options.priority;
  if (options.phased !== undefined) luggage.phased = options.phased;
  if (options.replay !== undefined) luggage.replay = options.replay;
  return Object.keys(luggage).length > 0 ? luggage : null;
}
