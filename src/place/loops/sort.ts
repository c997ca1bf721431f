/** `sort` over a shared array: a sample sort, led by one task. See docs/guide/distributed-loops.md. */
import type { Shipped } from "../../pattern/body.ts";
import { floatPrecedes } from "../../pattern/merge.ts";
import { type SortOptions, sort } from "../../pattern/sort.ts";
import type { Future } from "../../sched/core.ts";
import { belongToLoops } from "../../sched/loop-tasks.ts";
import type { HeapArray } from "../../shared/array-kinds.ts";
import { task } from "../../task/task.ts";
import { placeHere } from "../here.ts";
import { copy } from "../memory/copy.ts";
import { type GlobalPtr, pointerTo } from "../memory/global-ptr.ts";
import type { SharedArray } from "../memory/shared-array.ts";
import { everywhere } from "./map.ts";
import { ended, fetchSpans, storeSpan } from "./move.ts";
import { freeScratch, scratchFor } from "./scratch.ts";

/** By a key, by comparing, or with neither in the natural order. */
interface Order {
  readonly by: Shipped | null;
  readonly compare: Shipped | null;
}

type Value = number | bigint;

/** Elements of a place that are in order; `own` when they do not lie in the array itself and are to be freed. */
interface Sorted {
  readonly run: GlobalPtr;
  readonly count: number;
  readonly own: boolean;
  readonly samples: Sample[];
}

/** Neighbours of such a run. */
interface Piece {
  readonly run: GlobalPtr;
  readonly count: number;
}

/** An element, what it is ordered by, and where it lies: that tells equal ones apart. */
interface Sample {
  readonly key: unknown;
  readonly place: number;
  readonly at: number;
}

/** Samples of each place, about. */
const SAMPLES = 128;

export const sortSpread = task(
  import.meta,
  async function sort(array: SharedArray, by: Shipped | null, compare: Shipped | null): Promise<void> {
    const order: Order = { by, compare };
    const { places } = array.domain;
    if (array.length === 0) return;
    if (places === 1) return sortHere(array.local, order);
    const inTurns = array.block * places < array.length; // places have several blocks
    const keepsOrder = inTurns && (by !== null || compare !== null);
    const temporary: GlobalPtr[] = [];
    try {
      const sorted = await all(
        everywhere(array, (p) => sortPart.at(p).spawn(array, order, keepsOrder)),
        ({ run, own }) => own && temporary.push(run),
      );
      const samples = sorted.flatMap((it) => it.samples).sort((a, b) => compareSamples(a, b, order));
      const splitters = chooseSplitters(samples, array, keepsOrder);
      const cuts = await all(everywhere(array, (p) => cutPart.at(p).spawn(sorted[p]!, splitters, order)));
      const bounds = cuts.map((cut, p) => [0, ...cut, sorted[p]!.count]);
      const pieceFor = (from: number, to: number): Piece => {
        const [begin, end] = [bounds[from]![to]!, bounds[from]![to + 1]!];
        return { run: sorted[from]!.run.plus(begin), count: end - begin };
      };
      const pieces = Array.from({ length: places }, (_, to) => sorted.map((_, from) => pieceFor(from, to)));
      const merged = await all(
        everywhere(array, (p) => mergePart.at(p).spawn(array, pieces[p]!, order)),
        (run) => temporary.push(run),
      );
      let rank = 0;
      await all(
        merged.map((run, p) => {
          const count = countOf(pieces[p]!);
          rank += count;
          return storePart.at(p).spawn(array, run, rank - count, count);
        }),
      );
    } finally {
      await Promise.allSettled(temporary.map((run) => run.free()));
    }
  },
);

/** Waits for all, also when one fails; `keep` is told the values. */
async function all<T>(futures: readonly Future<T>[], keep: (value: T) => void = () => {}): Promise<T[]> {
  const values: T[] = [];
  const failures: unknown[] = [];
  for (const it of await Promise.allSettled(futures)) {
    if (it.status === "rejected") failures.push(it.reason);
    else {
      values.push(it.value);
      keep(it.value);
    }
  }
  if (failures.length > 0) throw failures[0];
  return values;
}

const countOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { count }) => sum + count, 0);

async function sortHere(elements: HeapArray, { by, compare }: Order): Promise<void> {
  const options = (by !== null ? { by } : compare !== null ? { compare } : {}) as SortOptions<number>;
  if (elements.length > 1) await sort(elements as Float64Array, options);
}

/** Sorts the elements of this place; with `keepsOrder`, for which equal ones must keep theirs, an equal share of neighbouring ones. */
const sortPart = task(import.meta, async function sort(array: SharedArray, order: Order, keepsOrder: boolean): Promise<Sorted> {
  const { place, places } = placeHere();
  let elements = array.local;
  let run = array.partAt(place);
  if (keepsOrder) {
    const lo = Math.floor((place * array.length) / places);
    const hi = Math.floor(((place + 1) * array.length) / places);
    elements = scratchFor(array, hi - lo);
    run = pointerTo(elements);
    await fetchSpans(array, [[lo, hi]], elements);
  }
  try {
    await sortHere(elements, order);
  } catch (error) {
    if (keepsOrder) freeScratch(elements);
    throw error;
  }
  const count = elements.length;
  const stride = Math.max(1, Math.floor(array.length / (places * SAMPLES)));
  const samples: Sample[] = [];
  for (let at = stride >> 1; at < count; at += stride) samples.push({ key: keyOf(elements[at]!, order), place, at });
  return { run, count, own: keepsOrder, samples };
});

const keyOf = (element: Value, { by }: Order): unknown => (by === null ? element : by(element));

/** Whether key `y` comes before key `x`. */
function precedes(y: unknown, x: unknown, { compare }: Order): boolean {
  if (compare !== null) return (compare(y, x) as number) < 0;
  return typeof y === "bigint" ? y < (x as bigint) : floatPrecedes(y as number, x as number);
}

function compareSamples(a: Sample, b: Sample, order: Order): number {
  if (precedes(a.key, b.key, order)) return -1;
  return precedes(b.key, a.key, order) ? 1 : a.place - b.place || a.at - b.at;
}

/** Where the shares of places 1, 2, ... begin: cut so that each place gets about as many elements as lie there. */
function chooseSplitters(samples: readonly Sample[], array: SharedArray, evenly: boolean): Sample[] {
  const { places } = array.domain;
  const splitters: Sample[] = [];
  let before = 0;
  for (let place = 0; place < places - 1; place++) {
    before += evenly ? array.length / places : array.lengthAt(place);
    const at = Math.min(samples.length - 1, Math.floor((before / array.length) * samples.length));
    splitters.push(samples[at]!);
  }
  return splitters;
}

/** How many of this place's elements come before each splitter. */
const cutPart = task(import.meta, function cut({ run, count }: Sorted, splitters: readonly Sample[], order: Order): number[] {
  const { place } = placeHere();
  const elements = count === 0 ? [] : (run.local() as unknown as ArrayLike<Value>);
  return splitters.map(({ key, place: other, at }) => {
    if (place === other) return at;
    let lo = 0;
    for (let hi = count; lo < hi; ) {
      const middle = (lo + hi) >>> 1;
      const own = keyOf(elements[middle]!, order);
      const isBefore = place < other ? !precedes(key, own, order) : precedes(own, key, order);
      if (isBefore) lo = middle + 1;
      else hi = middle;
    }
    return lo;
  });
});

/** Fetches pieces that are in order, in the order of their places, and makes one of them. */
const mergePart = task(
  import.meta,
  async function merge(array: SharedArray, pieces: readonly Piece[], order: Order): Promise<GlobalPtr> {
    const merged = scratchFor(array, countOf(pieces)) as Float64Array<SharedArrayBuffer>;
    try {
      let at = 0;
      const copies = pieces.map(({ run, count }) => {
        at += count;
        return copy(run, merged.subarray(at - count, at), count);
      });
      await ended(copies);
      await sortHere(merged.subarray(0, at), order);
      return pointerTo(merged);
    } catch (error) {
      freeScratch(merged);
      throw error;
    }
  },
);

const storePart = task(
  import.meta,
  async function store(array: SharedArray, run: GlobalPtr, rank: number, count: number): Promise<void> {
    const elements = run.local() as Float64Array<SharedArrayBuffer>;
    await storeSpan(array, [rank, rank + count], elements.subarray(0, count) as HeapArray);
  },
);

belongToLoops(sortSpread, sortPart, cutPart, mergePart, storePart);
