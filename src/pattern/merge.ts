/** What a merge sort does in one task: sorting a short run, merging two. One set of functions for each order. */
import type { Shipped } from "./body.ts";
import { generated } from "./generate.ts";

/** A view of the elements that are sorted: numbers, bigints, or positions in a list of keys. */
export interface Run {
  readonly length: number;
  [index: number]: unknown;
  subarray(lo: number, hi?: number): Run;
  set(from: Run, at?: number): void;
}

/** What positions stand for: position p for `list[p - base]`. */
export interface Keys {
  readonly list: ArrayLike<unknown>;
  readonly base: number;
}

export const NO_KEYS: Keys = { list: [], base: 0 };

export interface Kernel {
  /** Whether `y` must come before `x`. */
  precedes(y: unknown, x: unknown, keys: Keys): boolean;
  /** Merges two sorted runs into `to`; equal elements keep their order, those of `left` first. */
  merge(left: Run, right: Run, to: Run, keys: Keys): void;
  /** Sorts `data` into `to`, which is `data` or `other`. Both are used. */
  sort(data: Run, other: Run, to: Run, keys: Keys): void;
}

/** An order as text: whether y precedes x. */
type Precedes = (y: string, x: string) => string;

const INTEGERS: Precedes = (y, x) => `${y} < ${x}`;
const FLOATS: Precedes = (y, x) =>
  `(${y} < ${x} || (${y} === ${x} ? ${y} === 0 && 1 / ${y} < 0 && 1 / ${x} > 0 : ${x} !== ${x} && ${y} === ${y}))`;

/** The order of `TypedArray.prototype.sort`: NaN last, -0 before 0. */
export function floatPrecedes(y: number, x: number): boolean {
  return y < x || (y === x ? y === 0 && 1 / y < 0 && 1 / x > 0 : Number.isNaN(x) && !Number.isNaN(y));
}

function integerPrecedes(y: number | bigint, x: number | bigint): boolean {
  return y < x;
}

function keyPrecedes(y: unknown, x: unknown, { list }: Keys): boolean {
  return floatPrecedes(list[y as number] as number, list[x as number] as number);
}

/** Numbers or bigints in their natural order. `kind` names the class of the array, which has functions of its own. */
export const naturalKernel = (floats: boolean, kind: string): Kernel =>
  floats
    ? kernelOf(floatPrecedes, `sort ${kind}`, FLOATS, floatPrecedes as Kernel["precedes"])
    : kernelOf(integerPrecedes, `sort ${kind}`, INTEGERS, integerPrecedes as Kernel["precedes"]);

/** Positions in the natural order of the numbers that they stand for. */
export const keyKernel = (): Kernel =>
  kernelOf(keyPrecedes, "sort keys", (y, x) => `floatPrecedes(list[${y}], list[${x}])`, keyPrecedes);

/** Elements in the order of a comparison function. */
export const compareKernel = (compare: Shipped): Kernel =>
  kernelOf(
    compare,
    "sort",
    (y, x) => `compare(${y}, ${x}) < 0`,
    (y, x) => (compare(y, x) as number) < 0,
  );

/** Positions in the order that a comparison function gives what they stand for. */
export const listKernel = (compare: Shipped): Kernel =>
  kernelOf(
    compare,
    "sort list",
    (y, x) => `compare(list[${y} - base], list[${x} - base]) < 0`,
    (y, x, { list, base }) => (compare(list[(y as number) - base], list[(x as number) - base]) as number) < 0,
  );

const kernels = new WeakMap<Function, Map<string, Kernel>>();

function kernelOf(body: Function, shape: string, text: Precedes, precedes: Kernel["precedes"]): Kernel {
  let shapes = kernels.get(body);
  if (shapes === undefined) kernels.set(body, (shapes = new Map()));
  let kernel = shapes.get(shape);
  if (kernel === undefined) {
    const scope = { compare: body, floatPrecedes };
    const make = (part: string, parameters: readonly string[], code: string, plain: Function): Function =>
      generated<Function>(
        body,
        `${shape} ${part}`,
        () => ({ name: `${shape}_${part}_${body.name}`, parameters, text: `const { list, base } = keys;\n${code}`, scope }),
        () => plain,
      );
    const plain = plainKernel(precedes);
    kernel = {
      precedes: plain.precedes,
      merge: make("merge", ["left", "right", "to", "keys"], mergeText(text), plain.merge) as Kernel["merge"],
      sort: make("run", ["data", "other", "target", "keys"], sortText(text), plain.sort) as Kernel["sort"],
    };
    shapes.set(shape, kernel);
  }
  return kernel;
}

/** Runs of so many elements are sorted by insertion. */
const INSERTION = 8;

const mergeText = (precedes: Precedes): string => `
const m = left.length, n = right.length;
if (m === 0 || n === 0 || !(${precedes("right[0]", "left[m - 1]")})) {
  to.set(left);
  to.set(right, m);
  return;
}
let a = 0, b = 0, out = 0, x = left[0], y = right[0];
for (;;) {
  if (${precedes("y", "x")}) {
    to[out++] = y;
    if (++b === n) break;
    y = right[b];
  } else {
    to[out++] = x;
    if (++a === m) break;
    x = left[a];
  }
}
while (a < m) to[out++] = left[a++];
while (b < n) to[out++] = right[b++];`;

const sortText = (precedes: Precedes): string => `
const n = data.length;
for (let lo = 0; lo < n; lo += ${INSERTION}) {
  const hi = Math.min(n, lo + ${INSERTION});
  for (let i = lo + 1; i < hi; i++) {
    const y = data[i];
    let j = i;
    for (; j > lo; j--) {
      const x = data[j - 1];
      if (!(${precedes("y", "x")})) break;
      data[j] = x;
    }
    data[j] = y;
  }
}
let from = data, to = other;
for (let width = ${INSERTION}; width < n; width *= 2) {
  for (let lo = 0; lo < n; lo += 2 * width) {
    const middle = Math.min(n, lo + width), hi = Math.min(n, lo + 2 * width);
    let a = lo, b = middle, out = lo;
    if (b < hi) {
      let x = from[middle - 1], y = from[b];
      if (${precedes("y", "x")}) {
        x = from[a];
        for (;;) {
          if (${precedes("y", "x")}) {
            to[out++] = y;
            if (++b === hi) break;
            y = from[b];
          } else {
            to[out++] = x;
            if (++a === middle) break;
            x = from[a];
          }
        }
      }
    }
    while (a < middle) to[out++] = from[a++];
    while (b < hi) to[out++] = from[b++];
  }
  const last = from; from = to; to = last;
}
if (from !== target) target.set(from);`;

/** The same in one form for all orders: slower, and needs no code made from text. */
export function plainKernel(precedes: Kernel["precedes"]): Kernel {
  return {
    precedes,
    merge(left, right, to, keys) {
      let a = 0;
      let b = 0;
      for (let out = 0; a < left.length || b < right.length; out++) {
        const second = a === left.length || (b < right.length && precedes(right[b], left[a], keys));
        to[out] = second ? right[b++] : left[a++];
      }
    },
    sort(data, _other, to, keys) {
      const sorted = Array.from(data as ArrayLike<unknown>).sort((x, y) =>
        precedes(x, y, keys) ? -1 : precedes(y, x, keys) ? 1 : 0,
      );
      for (let i = 0; i < sorted.length; i++) to[i] = sorted[i];
    },
  };
}

/** The first of the positions `lo` to `hi` - 1 for which `test` holds, if it holds for all that follow; else `hi`. */
export function firstWhere(lo: number, hi: number, test: (i: number) => boolean): number {
  while (lo < hi) {
    const middle = Math.floor((lo + hi) / 2);
    if (test(middle)) hi = middle;
    else lo = middle + 1;
  }
  return lo;
}
