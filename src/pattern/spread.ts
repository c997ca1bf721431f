/** Collections that lie at several places: they bring the ways to go through them with them. */
import type { Future } from "../sched/core.ts";
import type { Shipped } from "./body.ts";
import type { FoldJob } from "./folding.ts";

/** What tells a collection that lies at several places from any other. */
export const SPREAD: unique symbol = Symbol("spread");

/** What `reduce`, `map` and `sort` hand over to: what lies under SPREAD. */
export interface Loops {
  reduce(job: FoldJob): Future<unknown>;
  map(body: Shipped, args: readonly unknown[]): Future<unknown[]>;
  /** The elements of `source`, each through `body`, into this one. */
  mapFrom(source: unknown, body: Shipped, args: readonly unknown[]): Future<void>;
  sort(by: Shipped | null, compare: Shipped | null): Future<void>;
}

/** A collection whose elements lie at several places, such as a shared array. */
export interface Spread<T> {
  readonly length: number;
  /** An element that lies at this place. */
  at(index: number): T;
  readonly [SPREAD]: object;
}

export const isSpread = (it: unknown): it is Spread<unknown> => typeof it === "object" && it !== null && SPREAD in it;

export const loopsOf = (it: Spread<unknown>): Loops => it[SPREAD] as Loops;
