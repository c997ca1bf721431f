import {
  copy,
  type Future,
  type GlobalPtr,
  heapAt,
  type Phaser,
  parallelFor,
  phaser,
  place,
  places,
  task,
  whenAll,
} from "heddle";
import { type Plate, type Plates, plateAfter, relax, stripsOf } from "../heat/grid.ts";
import { readOptions } from "../lib/options.ts";
import { Channel, type Ends, makeChannel } from "./channel.ts";

const usage = `Heat spreads over a plate whose rows lie at different places; the rows at the borders travel while the others are computed.

  -n N      rows and columns of the plate (default 1026)
  -t N      time steps (default 100)
  --wait    computes nothing while rows travel
  --phaser  rows go by copy, and a phaser keeps all places in step; otherwise each neighbour sends its row as a message
  --parts   measures in addition what computing alone and travelling alone take`;

/** What is done in a step; the plate is right only with both. */
export interface How {
  readonly computes?: boolean;
  readonly exchanges?: boolean;
  /** Waits for the rows that travel before it computes those that need none of them. */
  readonly waits?: boolean;
  /** By `copy` and a phaser. */
  readonly phaser?: boolean;
}

interface Work extends How {
  readonly n: number;
  readonly steps: number;
}

interface Outcome {
  /** When each step had ended, in milliseconds from the beginning. */
  readonly ends: Float64Array;
  /** The sum over the bits of this place's rows. */
  readonly bits: number;
}

type OwnPlate = Float64Array<SharedArrayBuffer>;
type Pointer = GlobalPtr<OwnPlate>;

/** Where the two plates of a place are, and how many rows they have of their own, from row 1 on. */
interface Rows {
  readonly plates: readonly [Pointer, Pointer];
  readonly rows: number;
}

interface Neighbour {
  readonly rows: Rows;
  readonly ends: Ends;
}

/** A border to the place above or below. */
interface Border {
  /** The row of this place's next to it, and the row of this place's plates to which the neighbour's goes. */
  readonly own: number;
  readonly halo: number;
  readonly channel: Channel;
  /** Where this place's row goes in the neighbour's first and second plate. */
  readonly theirs: readonly [Pointer, Pointer];
}

const relaxRows = task(import.meta, (lo: number, hi: number, plates: Plates, step: number): void => relax(plates, step, lo, hi));

/** A task at each place, in step with those above and below. */
const strip = task(
  import.meta,
  function* stripOf(
    work: Work,
    own: Rows,
    above: Neighbour | null,
    below: Neighbour | null,
    ph: Phaser | null,
  ): Generator<Future<unknown>, Outcome> {
    return yield* new Strip(work, own, above, below, ph).run();
  },
);

/** Row 0 and the last one are copies of the neighbours' rows, or the plate's edges; its own rows are between them. */
class Strip {
  readonly #work: Work;
  readonly #plates: Plates;
  readonly #rows: number;
  readonly #phaser: Phaser | null;
  readonly #borders: readonly Border[];

  constructor(work: Work, { plates, rows }: Rows, above: Neighbour | null, below: Neighbour | null, ph: Phaser | null) {
    const { n } = work;
    const [first, second] = [plates[0].local(), plates[1].local()];
    this.#work = work;
    this.#plates = { n, first, second };
    this.#rows = rows;
    this.#phaser = ph;
    const border = (it: Neighbour | null, own: number, halo: number, theirRow: number): Border[] => {
      if (it === null) return [];
      const [one, other] = it.rows.plates;
      return [{ own, halo, channel: new Channel(it.ends), theirs: [one.plus(theirRow * n), other.plus(theirRow * n)] }];
    };
    this.#borders = [...border(above, 1, 0, (above?.rows.rows ?? 0) + 1), ...border(below, rows, rows + 1, 0)];
    if (above === null) for (const plate of [first, second]) plate.fill(100, 0, n);
  }

  *run(): Generator<Future<unknown>, Outcome> {
    const { steps, n } = this.#work;
    const ends = new Float64Array(steps);
    const begin = performance.now();
    for (let step = 0; step < steps; step++) {
      yield* this.#step(step);
      ends[step] = performance.now() - begin;
    }
    return { ends, bits: bitsOf(plateAfter(steps, this.#plates).subarray(n, (this.#rows + 1) * n)) };
  }

  /** The rows at the borders first: they travel while the others are computed. */
  *#step(step: number): Generator<Future<unknown>, void> {
    const { computes = true, exchanges = true, waits = false } = this.#work;
    const rows = this.#rows;
    const plates = this.#plates;
    if (computes) for (const row of rows === 1 ? [1] : [1, rows]) relax(plates, step, row, row + 1);
    const travelling = exchanges ? this.#send(step + 1) : [];
    if (waits && exchanges) yield* this.#receive(step + 1, travelling);
    if (computes && rows > 2) yield* parallelFor.blocks([2, rows], relaxRows, plates, step);
    if (!waits && exchanges) yield* this.#receive(step + 1, travelling);
  }

  #send(step: number): Future<void>[] {
    const plate = plateAfter(step, this.#plates) as OwnPlate;
    const { n } = this.#plates;
    const rowOf = (own: number): OwnPlate => plate.subarray(own * n, (own + 1) * n);
    if (this.#phaser !== null) return this.#borders.map(({ own, theirs }) => copy(rowOf(own), theirs[(step % 2) as 0 | 1], n));
    for (const { own, channel } of this.#borders) channel.send(rowOf(own).slice(), step === this.#work.steps);
    return [];
  }

  /** A place sends a row two steps after this one when it has received one of the step between: by then this one has been used. */
  *#receive(step: number, travelling: readonly Future<void>[]): Generator<Future<unknown>, void> {
    if (this.#phaser !== null) {
      yield* whenAll(travelling); // they are there, and the neighbours may know
      yield* this.#phaser.next();
      return;
    }
    const plate = plateAfter(step, this.#plates);
    for (const { channel, halo } of this.#borders) plate.set(yield* channel.receive(), halo * this.#plates.n);
  }
}

/** The sum of the 32-bit words of a plate, modulo 2^32. */
export function bitsOf(rows: Plate): number {
  let sum = 0;
  for (const word of new Uint32Array(rows.buffer, rows.byteOffset, 2 * rows.length)) sum = (sum + word) >>> 0;
  return sum;
}

/** One place calls it, for all: milliseconds for a step at the slowest place, and the sum over the bits of all inner rows, the same on any number of places. */
export async function overPlaces(n: number, steps: number, how: How = {}): Promise<{ ms: number; checksum: number }> {
  if (n - 2 < places()) throw new RangeError(`A plate of ${n} rows has not one inner row for each of ${places()} places`);
  const all = await Promise.all(stripsOf(n, places()).map(([lo, hi], p) => rowsAt(p, n, hi - lo)));
  const channels = all.slice(1).map(makeChannel);
  const neighbour = (p: number, ends: Ends | undefined): Neighbour | null =>
    ends === undefined ? null : { rows: all[p]!, ends };
  const ph = how.phaser === true ? phaser() : null;
  const phased = ph === null ? {} : { phased: [ph] };
  const strips = all.map((own, p) => {
    const [above, below] = [neighbour(p - 1, channels[p - 1]?.[1]), neighbour(p + 1, channels[p]?.[0])];
    return strip
      .at(p)
      .with(phased)
      .spawn({ n, steps, ...how }, own, above, below, ph);
  });
  ph?.drop();
  const outcomes = await whenAll(strips);
  await whenAll(all.flatMap(({ plates }) => plates.map((it) => it.free())));
  return {
    ms: Math.max(...outcomes.map(({ ends }) => stepTime(ends))),
    checksum: outcomes.reduce((sum, { bits }) => (sum + bits) >>> 0, 0),
  };
}

/** Half of what the middle one of all two steps in a row takes: where one place begins before the other, a long wait and none take turns. */
function stepTime(ends: Float64Array): number {
  const pairs = Array.from(ends.subarray(2), (end, i) => (end - ends[i]!) / 2).sort((a, b) => a - b);
  return pairs[pairs.length >> 1] ?? 0;
}

/** Plates of zeros at a place. */
async function rowsAt(p: number, n: number, rows: number): Promise<Rows> {
  const length = (rows + 2) * n;
  return { plates: [await heapAt(p).float64(length), await heapAt(p).float64(length)], rows };
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 1026, t: 100, wait: false, phaser: false, parts: false });
  if (!options || place() !== 0) return;
  const { n, t, wait: waits, phaser, parts } = options;
  const tell = (what: string, ms: number): void => console.log(`${what.padEnd(22)} ${ms.toFixed(3)} ms a step`);
  await overPlaces(n, Math.min(t, 20), { phaser }); // so that what follows finds compiled code
  if (parts) {
    tell("computing alone", (await overPlaces(n, t, { exchanges: false })).ms);
    tell("travelling alone", (await overPlaces(n, t, { computes: false, phaser })).ms);
    tell("one after the other", (await overPlaces(n, t, { waits: true, phaser })).ms);
  }
  const { ms, checksum } = await overPlaces(n, t, { waits, phaser });
  tell(waits ? "one after the other" : "at the same time", ms);
  console.log(`checksum               ${checksum.toString(16).padStart(8, "0")}`);
}
