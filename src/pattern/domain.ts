import { UsageError } from "../errors.ts";
import { shown } from "../shared/given.ts";

/** One dimension: the indices from `from` (default 0) up to, not including, `to`. */
export interface RangeOptions {
  readonly from?: number;
  readonly to: number;
  /** Distance of neighbouring indices; may be negative. Default 1. */
  readonly step?: number;
  /** So many indices stay together: one worker runs them, one after the other. */
  readonly tile?: number;
  /**
   * "recursive" (default): what is left is halved when a worker looks for work. "chunked": each tile is a task. "anywhere": each tile is a task that any place with workers
   * without work may take.
   */
  readonly mode?: "recursive" | "chunked" | "anywhere";
}

/** `n` is 0 to n - 1; `[lo, hi]` is lo to hi - 1. */
export type Range = number | readonly [lo: number, hi: number] | RangeOptions;
type NotSize = Exclude<Range, number>;

export type Domain1 = Range | readonly [Range];
/** Two numbers in brackets are a range of one dimension, so at least one of the two is written as `[0, n]` or `{ to: n }`. */
export type Domain2 = readonly [NotSize, Range] | readonly [Range, NotSize];
export type Domain3 = readonly [Range, Range, Range];
export type Domain = Domain1 | Domain2 | Domain3;

/** One dimension, worked out: `count` indices, `tiles` tiles of `tile` indices each (the last may have fewer). */
export interface Dimension {
  readonly from: number;
  readonly step: number;
  readonly count: number;
  readonly tile: number;
  readonly tiles: number;
}

/** A domain, worked out. What a loop runs over are its units: tiles if it is tiled, else indices; the last dimension varies fastest. */
export interface Space {
  readonly dimensions: readonly Dimension[];
  readonly tiled: boolean;
  readonly chunked: boolean;
  /** The tiles, which are tasks, may run at any place. */
  readonly anywhere: boolean;
  readonly units: number;
}

/** Into about so many tiles a domain is cut where tiles are needed and none are given. */
const TILES = 64;

/** Checks a domain. `tiled` asks for tiles even if none are given. `name` is what the argument belongs to, for messages. */
export function spaceOf(domain: unknown, name: string, tiled = false): Space {
  const ranges: unknown[] = isRange(domain) ? [domain] : Array.isArray(domain) ? domain : refuse(name, "domain", domain);
  if (ranges.length < 1 || ranges.length > 3) {
    throw new UsageError(`${name}: the domain has ${ranges.length} dimensions; it must have 1, 2 or 3`);
  }
  const where = (i: number): string => (ranges.length === 1 ? "domain" : `domain[${i}]`);
  const options = ranges.map((range, i) => optionsOf(range, name, where(i)));
  const anywhere = options.some((it) => it.mode === "anywhere");
  const chunked = anywhere || options.some((it) => it.mode === "chunked");
  const someTile = options.some((it) => it.tile !== undefined);
  const dimensions = options.map((it, i): Dimension => {
    const { from, to, step } = checked(it, name, where(i));
    const count = Math.max(0, Math.ceil((to - from) / step));
    const share = Math.ceil(count / Math.round(TILES ** (1 / ranges.length)));
    const tile = Math.max(1, Math.min(it.tile ?? (someTile ? count : share), count));
    return { from, step, count, tile, tiles: Math.ceil(count / tile) };
  });
  const inTiles = chunked || tiled || someTile;
  const units = dimensions.reduce((product, it) => product * (inTiles ? it.tiles : it.count), 1);
  if (!Number.isSafeInteger(dimensions.reduce((product, it) => product * it.count, 1))) {
    throw new UsageError(`${name}: the domain has more than 2 ** 53 indices`);
  }
  return { dimensions, tiled: inTiles, chunked, anywhere, units };
}

/** The range of a single dimension that is written as a number or an object. */
export function rangeOf(range: number | RangeOptions, name: string, what: string): Dimension {
  const { from, to, step } = checked(optionsOf(range, name, what), name, what);
  const count = Math.max(0, Math.ceil((to - from) / step));
  return { from, step, count, tile: 1, tiles: count };
}

const isRange = (it: unknown): boolean =>
  typeof it === "number" ||
  (Array.isArray(it) ? it.length === 2 && it.every((end) => typeof end === "number") : typeof it === "object" && it !== null);

function optionsOf(range: unknown, name: string, what: string): RangeOptions {
  if (!isRange(range)) return refuse(name, what, range);
  if (typeof range === "number") {
    if (range < 0) throw new UsageError(`${name}: ${what} is ${range}; a number of indices is from 0 up`);
    return { to: range };
  }
  if (Array.isArray(range)) return { from: range[0] as number, to: range[1] as number };
  return range as RangeOptions;
}

function checked(options: RangeOptions, name: string, what: string): { from: number; to: number; step: number } {
  const { from = 0, to, step = 1, tile, mode } = options;
  for (const [key, value] of Object.entries({ from, to, step, ...(tile === undefined ? {} : { tile }) })) {
    if (!Number.isSafeInteger(value)) {
      throw new UsageError(`${name}: ${key} of ${what} is ${shown(value)}; it must be a whole number`);
    }
  }
  if (step === 0) throw new UsageError(`${name}: step of ${what} is 0; it must lead from \`from\` to \`to\``);
  if (tile !== undefined && tile < 1) throw new UsageError(`${name}: tile of ${what} is ${tile}; it must be at least 1`);
  if (mode !== undefined && mode !== "recursive" && mode !== "chunked" && mode !== "anywhere") {
    throw new UsageError(`${name}: mode of ${what} is ${shown(mode)}; it must be "recursive", "chunked" or "anywhere"`);
  }
  return { from, to, step };
}

function refuse(name: string, what: string, value: unknown): never {
  throw new UsageError(
    `${name}: ${what} is ${shown(value)}; a range is n, [lo, hi] or { from, to, step, tile, mode }, a domain is one to three of them`,
  );
}
