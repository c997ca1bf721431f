import { copy, type GlobalPtr, parallelFor, place, pointerTo, shared, type Team, task, world } from "heddle";
import { type Plate, type Plates, plateAfter, relax, stripsOf } from "../heat/grid.ts";
import { readOptions } from "../lib/options.ts";

const usage = `Heat spreads over a plate whose rows lie at different places; the rows at the borders travel while the others are computed.

  -n N      rows and columns of the plate (default 1026)
  -t N      time steps (default 100)
  --wait    computes nothing while rows travel
  --parts   measures in addition what computing alone and travelling alone take`;

/** What is done in a step; the plate is right only with both. */
export interface How {
  readonly computes?: boolean;
  readonly exchanges?: boolean;
  /** Waits for the rows that travel before it computes those that need none of them. */
  readonly waits?: boolean;
}

type Row = GlobalPtr<Float64Array<SharedArrayBuffer>>;
type OwnPlate = Float64Array<SharedArrayBuffer>;

/** A border to the place above or below. */
interface Border {
  /** This place and that one. */
  readonly pair: Team;
  /** Where that place has the row next to the border, in the first and the second plate. */
  readonly theirs: readonly [Row, Row];
  /** The row of this place's plates to which a copy of it goes. */
  readonly halo: number;
}

const relaxRows = task(import.meta, (lo: number, hi: number, plates: Plates, step: number): void => relax(plates, step, lo, hi));

/**
 * This place's rows of a plate of n by n: `plates` holds them from row 1 on. Row 0 and the last one are copies of the neighbours' rows, or the plate's
 * edges.
 */
export class Strip {
  readonly plates: Plates;
  /** Rows of its own. */
  readonly rows: number;
  readonly #borders: readonly Border[];

  private constructor(plates: Plates, rows: number, borders: readonly Border[]) {
    this.plates = plates;
    this.rows = rows;
    this.#borders = borders;
  }

  /** Every place calls it. The plate is at 0 degrees, its upper edge at 100. */
  static async make(n: number): Promise<Strip> {
    if (n - 2 < world.size) throw new RangeError(`A plate of ${n} rows has not one inner row for each of ${world.size} places`);
    const { rank, size } = world;
    const [lo, hi] = stripsOf(n, size)[rank]!;
    const rows = hi - lo;
    const plates = { n, first: shared.float64((rows + 2) * n), second: shared.float64((rows + 2) * n) };
    if (rank === 0) for (const plate of [plates.first, plates.second]) plate.fill(100, 0, n);

    const begins = [pointerTo(plates.first), pointerTo(plates.second)] as const;
    const all = await world.allGather({ begins, rows });
    const border = (pair: Team | null, other: number, theirRow: number, halo: number): Border[] => {
      const [first, second] = all[other]?.begins ?? [];
      if (first === undefined || second === undefined || pair === null) return [];
      return [{ pair, theirs: [first.plus(theirRow * n), second.plus(theirRow * n)], halo }];
    };
    const evenPair = await world.split(rank >> 1); // 0 1, 2 3, ...
    const oddPair = await world.split((rank + 1) >> 1); // 1 2, 3 4, ...
    const [above, below] = rank % 2 === 0 ? [oddPair, evenPair] : [evenPair, oddPair];
    const borders = [...border(above, rank - 1, all[rank - 1]?.rows ?? 0, 0), ...border(below, rank + 1, 1, rows + 1)];
    return new Strip(plates, rows, borders);
  }

  /** Milliseconds of each step. */
  async run(steps: number, how: How = {}): Promise<Float64Array> {
    const took = new Float64Array(steps);
    for (let step = 0; step < steps; step++) {
      const begin = performance.now();
      await this.#step(step, how);
      took[step] = performance.now() - begin;
    }
    await world.barrier();
    return took;
  }

  /** A neighbour overwrites a row two steps after this one: when it has had the row of one step after, which this place makes when it has copied this one. */
  async #step(step: number, { computes = true, exchanges = true, waits = false }: How): Promise<void> {
    const { rows, plates } = this;
    const outer = rows === 1 ? [1] : [1, rows];
    if (computes) for (const row of outer) relax(plates, step, row, row + 1);
    const travelling = exchanges ? this.#borders.map((border) => this.#fetch(border, step + 1)) : [];
    if (waits) await Promise.all(travelling);
    const inner = computes && rows > 2 ? [parallelFor.blocks([2, rows], relaxRows, plates, step)] : [];
    await Promise.all([...travelling, ...inner]);
  }

  /** Copies the neighbour's row after so many steps to here. */
  async #fetch({ pair, theirs, halo }: Border, step: number): Promise<void> {
    await pair.barrier(); // it is there
    const { n } = this.plates;
    const plate = plateAfter(step, this.plates) as OwnPlate;
    await copy(theirs[step % 2]!, plate.subarray(halo * n, (halo + 1) * n), n);
  }

  /** A sum over the bits of all inner rows after so many steps, the same on any number of places. */
  async checksum(steps: number): Promise<number> {
    const { n } = this.plates;
    return (await world.allReduce(bitsOf(plateAfter(steps, this.plates).subarray(n, (this.rows + 1) * n)), "sum")) % 2 ** 32;
  }

  free(): void {
    shared.free(this.plates.first as OwnPlate);
    shared.free(this.plates.second as OwnPlate);
  }
}

/** The sum of the 32-bit words of a plate, modulo 2^32. */
export function bitsOf(rows: Plate): number {
  let sum = 0;
  for (const word of new Uint32Array(rows.buffer, rows.byteOffset, 2 * rows.length)) sum = (sum + word) >>> 0;
  return sum;
}

/** Milliseconds for the middle one of the steps, the slowest place's. */
async function measure(n: number, steps: number, how: How): Promise<{ ms: number; checksum: number }> {
  const strip = await Strip.make(n);
  await world.barrier();
  const took = (await strip.run(steps, how)).sort();
  const ms = took[steps >> 1] ?? 0;
  const checksum = await strip.checksum(steps);
  strip.free();
  return { ms: await world.allReduce(ms, "max"), checksum };
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 1026, t: 100, wait: false, parts: false });
  if (!options) return;
  const { n, t, wait, parts } = options;
  const tell = (what: string, ms: number): void => {
    if (place() === 0) console.log(`${what.padEnd(22)} ${ms.toFixed(3)} ms a step`);
  };
  await measure(n, Math.min(t, 20), {}); // so that what follows finds compiled code
  if (parts) {
    tell("computing alone", (await measure(n, t, { exchanges: false })).ms);
    tell("travelling alone", (await measure(n, t, { computes: false })).ms);
    tell("one after the other", (await measure(n, t, { waits: true })).ms);
  }
  const { ms, checksum } = await measure(n, t, { waits: wait });
  tell(wait ? "one after the other" : "at the same time", ms);
  if (place() === 0) console.log(`checksum               ${checksum.toString(16).padStart(8, "0")}`);
}
