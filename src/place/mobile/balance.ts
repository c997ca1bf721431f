import type { Mobile } from "./ref.ts";

/** What an object has cost. */
export interface ObjectLoad<T = unknown> {
  readonly object: Mobile<T>;
  /** Where it is. */
  readonly place: number;
  /** Milliseconds in its methods since the last time, of async ones with what they have waited; or what the class's own `load` says. */
  readonly load: number;
  /** Calls since the last time. */
  readonly calls: number;
}

export interface ObjectMove<T = unknown> {
  readonly object: Mobile<T>;
  readonly to: number;
}

/** Says which objects are to move where. A move to where the object is counts as none. */
export type BalancePolicy<T = unknown> = (loads: readonly ObjectLoad<T>[], places: number) => Iterable<ObjectMove<T>>;

/**
 * The heaviest object first, each to the place that has least so far, as Charm++'s GreedyLB; but an object stays where it is as long as that place has no more
 * than its share. The heaviest place ends with at most 4/3 of the best possible, and a little more for what was left where it was.
 */
export function greedyBalance<T>(loads: readonly ObjectLoad<T>[], places: number): ObjectMove<T>[] {
  const share = sumOf(loads) / places;
  const got = new Array<number>(places).fill(0);
  const moves: ObjectMove<T>[] = [];
  for (const { object, place, load } of heaviestFirst(loads)) {
    const to = got[place]! + load <= share ? place : lightest(got);
    got[to]! += load;
    if (to !== place) moves.push({ object, to });
  }
  return moves;
}

/** Moves as few objects as it can: from the heaviest place to the lightest, as long as that makes the heaviest lighter (Charm++'s RefineLB). */
export function refineBalance<T>(loads: readonly ObjectLoad<T>[], places: number): ObjectMove<T>[] {
  const at = new Map(loads.map((it) => [it, it.place]));
  const got = new Array<number>(places).fill(0);
  for (const { place, load } of loads) got[place]! += load;
  const ordered = heaviestFirst(loads);
  for (let i = 0; i < loads.length; i++) {
    const from = got.indexOf(Math.max(...got));
    const to = lightest(got);
    const most = got[from]! - got[to]!;
    const next = ordered.find((it) => at.get(it) === from && it.load > 0 && it.load < most);
    if (next === undefined) break;
    at.set(next, to);
    got[from]! -= next.load;
    got[to]! += next.load;
  }
  return loads.filter((it) => at.get(it) !== it.place).map((it) => ({ object: it.object, to: at.get(it)! }));
}

const sumOf = (loads: readonly { readonly load: number }[]): number => loads.reduce((sum, { load }) => sum + load, 0);
const heaviestFirst = <T>(loads: readonly ObjectLoad<T>[]): ObjectLoad<T>[] => loads.toSorted((a, b) => b.load - a.load);
const lightest = (got: readonly number[]): number => got.indexOf(Math.min(...got));
