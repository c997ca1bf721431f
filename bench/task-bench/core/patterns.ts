/**
 * The dependence patterns of Task Bench (Slaughter et al., "Task Bench: A Parameterized Benchmark for Evaluating Parallel
 * Runtime Performance", SC20). A task is a point of a step; it depends on points of the step before, by intervals of columns.
 */
import { uniform } from "./random.ts";

/** Columns `first` to `last`, both included. */
export type Interval = readonly [first: number, last: number];

/** What a pattern needs to know of its graph. */
export interface Shape {
  readonly index: number;
  readonly steps: number;
  readonly width: number;
  readonly radix: number;
  readonly period: number;
  readonly fraction: number;
}

/** Intervals may reach beyond the row of the step before, which clips them; they do not overlap. */
export interface Pattern {
  /** How many dependence sets the steps take in turn. */
  sets(shape: Shape): number;
  setAt(shape: Shape, step: number): number;
  widthAt(shape: Shape, step: number): number;
  offsetAt(shape: Shape, step: number): number;
  /** What point `p` depends on. */
  dependencies(shape: Shape, set: number, p: number): Interval[];
  /** What depends on point `p`. */
  consumers(shape: Shape, set: number, p: number): Interval[];
  readonly usesPeriod: boolean;
}

export const patternNames = [
  "trivial",
  "no_comm",
  "stencil_1d",
  "stencil_1d_periodic",
  "dom",
  "tree",
  "fft",
  "all_to_all",
  "nearest",
  "spread",
  "random_nearest",
] as const;
export type PatternName = (typeof patternNames)[number];

type Columns = (shape: Shape, set: number, p: number) => Interval[];

const everywhere = {
  sets: () => 1,
  setAt: () => 0,
  widthAt: ({ width }: Shape) => width,
  offsetAt: () => 0,
  usesPeriod: false,
};

const symmetric = (columns: Columns): Pattern => ({ ...everywhere, dependencies: columns, consumers: columns });

const none: Columns = () => [];
const self: Columns = (_, __, p) => [[p, p]];
const single = (column: number): Interval => [column, column];

const stencil: Columns = ({ width }, _, p) => [[Math.max(0, p - 1), Math.min(p + 1, width - 1)]];

const periodic: Columns = (shape, set, p) => {
  const intervals = stencil(shape, set, p);
  if (p === 0) intervals.push(single(shape.width - 1));
  if (p === shape.width - 1) intervals.push(single(0));
  return intervals;
};

const dom: Pattern = {
  ...everywhere,
  widthAt: ({ width, steps }, step) => Math.min(width, step + 1, steps - step),
  offsetAt: ({ width, steps }, step) => Math.max(0, step + width - steps),
  dependencies: (_, __, p) => [[Math.max(0, p - 1), p]],
  consumers: ({ width }, _, p) => [[p, Math.min(width - 1, p + 1)]],
};

const tree: Pattern = {
  ...everywhere,
  widthAt: ({ width }, step) => Math.min(width, 2 ** Math.min(step, 62)),
  dependencies: (_, __, p) => [single(Math.floor(p / 2))],
  consumers: ({ width }, _, p) => (2 * p < width ? [[2 * p, Math.min(2 * p + 1, width - 1)]] : []),
};

const butterflies = (width: number): number => Math.ceil(Math.log2(width));

const butterfly: Columns = ({ width }, set, p) =>
  [p - 2 ** set, p, p + 2 ** set].filter((column) => column >= 0 && column < width).map(single);

const fft: Pattern = {
  ...symmetric(butterfly),
  sets: ({ width }) => butterflies(width),
  setAt: ({ width }, step) => (step + butterflies(width) - 1) % butterflies(width),
};

const before = (radix: number): number => Math.floor(radix / 2);
const behind = (radix: number): number => Math.floor((radix - 1) / 2);

const nearest: Pattern = {
  ...everywhere,
  dependencies: ({ width, radix }, _, p) =>
    radix > 0 ? [[Math.max(0, p - before(radix)), Math.min(p + behind(radix), width - 1)]] : [],
  consumers: ({ width, radix }, _, p) =>
    radix > 0 ? [[Math.max(0, p - behind(radix)), Math.min(p + before(radix), width - 1)]] : [],
};

const periods = {
  ...everywhere,
  sets: ({ period }: Shape) => period,
  setAt: ({ period }: Shape, step: number) => step % period,
  usesPeriod: true,
};

function spread(direction: 1 | -1): Columns {
  return ({ width, radix }, set, p) =>
    Array.from({ length: radix }, (_, i) => {
      const distance = Math.floor((i * width) / radix) + (i > 0 ? set : 0);
      const column = (p + direction * distance) % width;
      return single(column < 0 ? column + width : column);
    });
}

/** The columns of the window that chance keeps, neighbours put together. */
function chosen([window]: Interval[], keep: (column: number) => boolean): Interval[] {
  const intervals: [number, number][] = [];
  if (window === undefined) return intervals;
  for (let column = window[0]; column <= window[1]; column++) {
    if (!keep(column)) continue;
    const last = intervals.at(-1);
    if (last?.[1] === column - 1) last[1] = column;
    else intervals.push([column, column]);
  }
  return intervals;
}

const connected = ({ index, radix, fraction }: Shape, set: number, from: number, to: number): boolean =>
  uniform(index, radix, set, from, to) < fraction || (radix > 0 && from === to);

const randomNearest: Pattern = {
  ...periods,
  dependencies: (shape, set, p) => chosen(nearest.dependencies(shape, set, p), (i) => connected(shape, set, i, p)),
  consumers: (shape, set, p) => chosen(nearest.consumers(shape, set, p), (i) => connected(shape, set, p, i)),
};

export const patterns: Readonly<Record<PatternName, Pattern>> = {
  trivial: symmetric(none),
  no_comm: symmetric(self),
  stencil_1d: symmetric(stencil),
  stencil_1d_periodic: symmetric(periodic),
  dom,
  tree,
  fft,
  all_to_all: symmetric(({ width }) => [[0, width - 1]]),
  nearest,
  spread: { ...periods, dependencies: spread(1), consumers: spread(-1) },
  random_nearest: randomNearest,
};
