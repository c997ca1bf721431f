/** What members say that they call: equal numbers for what goes together. */
import { CollectiveError } from "../../errors.ts";

const NAMES = ["barrier", "broadcast", "gather", "allGather", "scatter", "reduce", "allReduce", "scan", "allToAll"] as const;
export type Name = (typeof NAMES)[number];

/** What is made of other operations, and goes together with itself alone. Each stands for one operation. */
export const PURPOSES = [
  "once",
  "the value of once",
  "split",
  "reduce by a function",
  "allReduce by a function",
  "scan by a function",
  "sharedArray",
  "sharedVar",
  "free",
] as const;
export type Purpose = (typeof PURPOSES)[number];

const CALLS: readonly string[] = [...NAMES, ...PURPOSES];
const ROOTED: ReadonlySet<string> = new Set<Name | Purpose>([
  "broadcast",
  "gather",
  "scatter",
  "reduce",
  "the value of once",
  "reduce by a function",
]);

/** One member's call: what it is called, by whom its result is given or got, and what is combined and how. */
export interface Title {
  readonly call: number;
  readonly root: number;
  readonly likeness: number;
}

/** Below 256. */
export const callNumber = (name: Name, purpose?: Purpose): number => CALLS.indexOf(purpose ?? name);

export function callTitle(call: number, root: number): string {
  const name = CALLS[call] ?? `operation ${call}`;
  return ROOTED.has(name) ? `${name} with root ${root}` : name;
}

export const isLike = (a: Title, b: Title): boolean => a.call === b.call && a.root === b.root && a.likeness === b.likeness;

const RULE = "every place of a team calls the same collective operations in the same order";

/** What one that is told in the first person has called, and another. */
export function otherCall(mine: string, place: number, its: string): CollectiveError {
  return new CollectiveError(`this place called ${mine}, place ${place} called ${its}: ${RULE}`);
}

export function otherReduction(mine: string, place: number): CollectiveError {
  return new CollectiveError(`${mine}: place ${place} combines other elements, or in another way, than this place`);
}

/** That the calls of two places do not go together: for the first, and for the others. */
export function mixOf(here: number, mine: Title, place: number, its: Title): { own: CollectiveError; others: string } {
  const my = callTitle(mine.call, mine.root);
  const other = callTitle(its.call, its.root);
  if (my !== other)
    return { own: otherCall(my, place, other), others: `place ${here} called ${my}, place ${place} called ${other}: ${RULE}` };
  return {
    own: otherReduction(my, place),
    others: `${my}: place ${place} combines other elements, or in another way, than place ${here}`,
  };
}
