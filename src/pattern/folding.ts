/** What reduce and scan have in common: how they are asked for, and the loop that folds a block. */
import { UsageError } from "../errors.ts";
import { type Shipped, ship } from "./body.ts";
import { argumentNames, generated } from "./generate.ts";
import { elementOf, elementText, type Source, sourceText } from "./source.ts";
import { blockSize } from "./tree.ts";

/** How values are combined. */
export interface Folding<T, V, A extends unknown[] = []> {
  /** Combined with a value it gives that value: 0 for a sum. A function makes it anew for each block; use one if `combine` changes its arguments. */
  readonly identity: V | (() => V);
  /** A task or a closed lambda: combines the values of neighbouring parts, left and right. It should be associative. */
  readonly combine: (left: V, right: V) => V;
  /** A task or a closed lambda: the value of one element, or index. Default: the element itself. */
  readonly map?: (element: T, ...args: A) => V;
}

/** Where an element is no value of the result, there has to be a `map`. */
export type MapWhereNeeded<T, V> = [T] extends [V] ? unknown : { readonly map: unknown };

/** The same, ready to travel, with what it is about. */
export interface FoldJob {
  readonly source: Source;
  readonly length: number;
  readonly combine: Shipped;
  readonly map: Shipped | null;
  readonly args: readonly unknown[];
  readonly identity: unknown;
  readonly make: Shipped | null;
}

export function foldJob(source: Source, length: number, how: unknown, args: unknown[], name: string, callee: Function): FoldJob {
  if (typeof how !== "object" || how === null) throw new UsageError(`${name}: say how to combine: { identity, combine, map }`);
  const { identity, combine, map } = how as { identity?: unknown; combine?: unknown; map?: unknown };
  if (!("identity" in how)) {
    throw new UsageError(`${name}: identity is missing; it is the value of no elements, such as 0 for a sum`);
  }
  return {
    source,
    length,
    combine: ship(combine, `${name}: combine`, 2, callee),
    map: map === undefined ? null : ship(map, `${name}: map`, 1 + args.length, callee),
    args,
    identity: typeof identity === "function" ? undefined : identity,
    make: typeof identity === "function" ? ship(identity, `${name}: identity`, 0, callee) : null,
  };
}

export const identityOf = ({ make, identity }: FoldJob): unknown => (make === null ? identity : make());

/** The first element of a block, and the first one after it. */
export function blockBounds({ length }: FoldJob, block: number): [lo: number, hi: number] {
  const size = blockSize(length);
  return [block * size, Math.min(length, (block + 1) * size)];
}

type FoldLoop = (lo: number, hi: number, source: Source, value: unknown, out: unknown[] | null, ...args: unknown[]) => unknown;

/** What a loop keeps of the values in between: nothing, or each one before or after its element; at its place, or appended. */
export type Keeps = "nothing" | "push before" | "push after" | "store before" | "store after";

/** The loop that folds elements `lo` to `hi` - 1 into `value`, and keeps the values in between in `out`. */
export function foldLoop({ combine, map, source, args }: FoldJob, keeps: Keeps): FoldLoop {
  const names = argumentNames(args.length);
  const range = source.range !== null;
  const body = map ?? combine;
  const keep = keeps.startsWith("push") ? "out.push(value);" : "out[k] = value;";
  return generated<FoldLoop>(
    body,
    `fold ${keeps} ${range} ${args.length} ${map !== null && numberOf(combine)}`,
    () => ({
      name: `fold_${body.name}`,
      parameters: ["lo", "hi", "source", "value", "out", ...names],
      text: `${sourceText(range)}
for (let k = lo; k < hi; k++) {
  const element = ${map === null ? elementText(range) : `map(${[elementText(range), ...names].join(", ")})`};
  ${keeps.endsWith("before") ? keep : ""}
  value = combine(value, element);
  ${keeps.endsWith("after") ? keep : ""}
}
return value;`,
      scope: { combine, map },
    }),
    () => sharedLoop(combine, map, keeps),
  );
}

/** One loop for all functions: slower, and needs no code made from text. */
function sharedLoop(combine: Shipped, map: Shipped | null, keeps: Keeps): FoldLoop {
  return (lo, hi, source, value, out, ...args) => {
    for (let k = lo; k < hi; k++) {
      const element = map === null ? elementOf(source, k) : map(elementOf(source, k), ...args);
      const before = value;
      value = combine(value, element);
      if (keeps !== "nothing") out![keeps.startsWith("push") ? out!.length : k] = keeps.endsWith("before") ? before : value;
    }
    return value;
  };
}

const numbers = new WeakMap<Function, number>();
let count = 0;
function numberOf(fn: Function): number {
  let number = numbers.get(fn);
  if (number === undefined) numbers.set(fn, (number = ++count));
  return number;
}
