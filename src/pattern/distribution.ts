/** Domains whose indices belong to places, block by block. */
import { UsageError } from "../errors.ts";
import { registerCrossing } from "../sched/crossing.ts";
import { checkNames, shown } from "../shared/given.ts";
import { whereabouts } from "../task/whereabouts.ts";
import { type Domain1, type Domain2, type Domain3, type Space, spaceOf } from "./domain.ts";

export interface DistributeOptions {
  /** How many neighbouring indices of the first dimension belong to one place before the next place's turn. Default: so many that every place has one block. */
  readonly block?: number;
}

/** The part of a distribution that belongs to one place: `units` units, in blocks of `block`. */
export interface Share {
  readonly place: number;
  readonly places: number;
  readonly block: number;
  readonly units: number;
}

const MADE_HERE = Symbol("distribution");

interface Shape {
  readonly space: Space;
  readonly block: number;
  readonly places: number;
}

/**
 * A domain whose indices are dealt out to the places in blocks, the first block to place 0, the second to place 1, and so on, round and round (X10's `Dist`, Chapel's
 * `dmapped` domains). Of two or three dimensions the first is dealt out. `parallelFor` runs each index at its place. It is a value that goes to tasks and other places;
 * `distribute` makes it, and a shared array has one: `array.domain`.
 */
export class Distribution<D extends 1 | 2 | 3 = 1 | 2 | 3> {
  /** How many dimensions it has. */
  readonly rank: D;
  readonly #shape: Shape;

  /** @internal */
  constructor(token: symbol, shape: Shape) {
    if (token !== MADE_HERE) throw new UsageError("new Distribution(): distributions are made by distribute(domain)");
    this.#shape = shape;
    this.rank = shape.space.dimensions.length as D;
  }

  /** Indices of the first dimension. */
  get length(): number {
    return this.#shape.space.dimensions[0]!.count;
  }

  /** Indices of the first dimension in a block. */
  get block(): number {
    return this.#shape.block;
  }

  /** Over how many places it is dealt out. */
  get places(): number {
    return this.#shape.places;
  }

  /** The place to which index `i` of the first dimension belongs. @throws UsageError `HEDDLE_USAGE` for what is none of its indices. */
  placeOf(i: number): number {
    const { from, step, count } = this.#shape.space.dimensions[0]!;
    const position = (i - from) / step + 0; // no -0
    if (!(Number.isInteger(position) && position >= 0 && position < count)) {
      throw new UsageError(`placeOf: ${String(i)} is no index of this distribution`);
    }
    return Math.floor(position / this.block) % this.places;
  }

  /** How many indices of the first dimension belong to a place. */
  lengthAt(place: number): number {
    return dealtTo(place, this.length, this.block, this.places);
  }

  /** @internal */
  get space(): Space {
    return this.#shape.space;
  }

  /** The part of a place; units are indices, or with `rows` those of the first dimension. @internal */
  shareOf(place: number, rows: boolean): Share {
    const inner = rows ? 1 : this.space.dimensions.slice(1).reduce((product, { count }) => product * count, 1);
    return { place, places: this.places, block: this.block * inner, units: this.lengthAt(place) * inner };
  }

  /** @internal */
  get shape(): Shape {
    return this.#shape;
  }
}

/** How many of `length` positions in blocks of `block` a place has. */
export function dealtTo(place: number, length: number, block: number, places: number): number {
  const blocks = Math.floor(length / block);
  const whole = Math.floor(blocks / places) + (place < blocks % places ? 1 : 0);
  return whole * block + (blocks % places === place ? length % block : 0);
}

/** Calls `run` for the runs of neighbouring units that units `lo` to `hi` - 1 of a share are in the whole. */
export function eachRun(share: Share, lo: number, hi: number, run: (lo: number, hi: number) => void): void {
  const { place, places, block } = share;
  for (let unit = lo; unit < hi; ) {
    const turn = Math.floor(unit / block);
    const within = unit - turn * block;
    const count = Math.min(hi - unit, block - within);
    const first = (turn * places + place) * block + within;
    run(first, first + count);
    unit += count;
  }
}

/**
 * Deals out the indices of a domain to all places, block by block; of two or three dimensions the first. `parallelFor` over the result runs each index at the place
 * that it belongs to.
 *
 * ```ts
 * const rows = distribute([[1, n - 1], [0, n]], { block: 16 }); // rows 1 to 16 belong to place 0, 17 to 32 to place 1, ...
 * await parallelFor(rows, (i, j, a) => { ... }, a);
 * ```
 *
 * @throws UsageError `HEDDLE_USAGE` for a bad domain, one with tiles or a mode, and a block that is no whole number from 1 up.
 */
export function distribute(domain: Domain1, options?: DistributeOptions): Distribution<1>;
export function distribute(domain: Domain2, options?: DistributeOptions): Distribution<2>;
export function distribute(domain: Domain3, options?: DistributeOptions): Distribution<3>;
export function distribute(domain: unknown, options: DistributeOptions = {}): Distribution {
  checkNames(options, ["block"], "distribute");
  const space = spaceOf(domain, "distribute");
  if (space.tiled) {
    throw new UsageError(
      "distribute: a domain that belongs to places has no tile and no mode: { block } says what stays together",
    );
  }
  const { places } = whereabouts();
  return distributionOf(space, options.block, places, "distribute");
}

export function distributionOf<D extends 1 | 2 | 3>(
  space: Space,
  block: number | undefined,
  places: number,
  name: string,
): Distribution<D> {
  const size = block ?? Math.max(1, Math.ceil(space.dimensions[0]!.count / places));
  if (!(Number.isInteger(size) && size >= 1)) {
    throw new UsageError(`${name}: block is ${shown(block)}; it must be a whole number from 1 up`);
  }
  return new Distribution<D>(MADE_HERE, { space, block: size, places });
}

const describe = (value: object): unknown => (value instanceof Distribution ? value.shape : undefined);
const revive = (data: unknown): Distribution => new Distribution(MADE_HERE, data as Shape);
registerCrossing({ tag: "distribution", describe, revive, away: { describe, revive } });
