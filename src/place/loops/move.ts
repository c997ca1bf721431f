/** Elements of a shared array on their way to and from ordinary arrays of this place's heap. */
import type { Future } from "../../sched/core.ts";
import { type Touch, watch } from "../../sched/watch.ts";
import { bytesPerElement, type HeapArray } from "../../shared/array-kinds.ts";
import { placeHere } from "../here.ts";
import { copyAndTell } from "../memory/copy.ts";
import type { SharedArray } from "../memory/shared-array.ts";

/** Elements `lo` to `hi` - 1 of a shared array. */
export type Span = readonly [lo: number, hi: number];

/** Neighbours at one place that are neighbours in the other array, too. */
interface Run {
  /** In the part of its place. */
  readonly local: number;
  /** In the array here. */
  readonly here: number;
  count: number;
}

/** More runs than this between two places travel as one copy with lists of indexes. */
const FEW = 8;

interface Elements {
  subarray(lo: number, hi: number): Elements;
  set(from: Elements, at?: number): void;
}

/** Copies the elements of these spans, one span behind the other, into an array on the heap of this place. */
export function fetchSpans<A extends HeapArray>(array: SharedArray<A>, spans: readonly Span[], into: A): Promise<void> {
  return ended(move(array, spans, into, true));
}

/** Writes an array on the heap of this place to the elements of one span. */
export function storeSpan<A extends HeapArray>(array: SharedArray<A>, span: Span, from: A): Promise<void> {
  return ended(move(array, [span], from, false));
}

/** Between spans of a shared array and an array on the heap of this place, in which they lie one behind the other. What lies here is moved at once; `over` is called when another copy
 * does not use the array any more. */
export function move<A extends HeapArray>(
  array: SharedArray<A>,
  spans: readonly Span[],
  own: A,
  fetches: boolean,
  over: () => void = () => {},
): Future<void>[] {
  const { place, places } = placeHere();
  const runs = Array.from({ length: places }, (): Run[] => []);
  let here = 0;
  for (const [lo, hi] of spans) {
    for (let i = lo; i < hi; ) {
      const count = Math.min(hi - i, array.block - (i % array.block));
      addRun(runs[array.placeOf(i)]!, { local: array.localIndex(i), here, count });
      i += count;
      here += count;
    }
  }
  const copies: Future<void>[] = [];
  for (const [other, its] of runs.entries()) {
    if (its.length === 0) continue;
    if (other === place) {
      for (const run of its) moveHere(array.local as unknown as Elements, own as unknown as Elements, run, fetches);
      if (watch !== null) tell(array, its, fetches ? "read" : "write");
    } else copies.push(...moveAway(array, other, own, its, fetches, over));
  }
  return copies;
}

/** Waits until none of them uses memory any more, also when one has failed. */
export async function ended(copies: readonly Future<void>[]): Promise<void> {
  for (const it of await Promise.allSettled(copies)) if (it.status === "rejected") throw it.reason;
}

function addRun(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  if (last !== undefined && last.local + last.count === run.local && last.here + last.count === run.here) last.count += run.count;
  else runs.push(run);
}

function moveHere(part: Elements, own: Elements, { local, here, count }: Run, fetches: boolean): void {
  if (fetches) own.set(part.subarray(local, local + count), here);
  else part.set(own.subarray(here, here + count), local);
}

function tell({ local, kind }: SharedArray, runs: readonly Run[], how: Touch): void {
  const { mem } = placeHere();
  const each = bytesPerElement(kind);
  for (const run of runs) {
    watch?.touches(how, { mem, address: local.byteOffset + run.local * each, bytes: run.count * each, kind });
  }
}

function moveAway<A extends HeapArray>(
  array: SharedArray<A>,
  place: number,
  own: A,
  runs: Run[],
  fetches: boolean,
  over: () => void,
): Future<void>[] {
  const part = array.partAt(place);
  if (runs.length <= FEW) {
    return runs.map(({ local, here, count }) => {
      const mine = (own as unknown as Elements).subarray(here, here + count) as unknown as A;
      return fetches
        ? copyAndTell(part.plus(local), mine, count, {}, over)
        : copyAndTell(mine, part.plus(local), count, {}, over);
    });
  }
  const total = runs.reduce((sum, { count }) => sum + count, 0);
  const theirs = { indexes: indexes(runs, total, "local") };
  const mine = { indexes: indexes(runs, total, "here") };
  return [
    fetches
      ? copyAndTell(part, own, total, { from: theirs, to: mine }, over)
      : copyAndTell(own, part, total, { from: mine, to: theirs }, over),
  ];
}

function indexes(runs: readonly Run[], total: number, side: "local" | "here"): Uint32Array {
  const list = new Uint32Array(total);
  let at = 0;
  for (const run of runs) for (let i = 0; i < run.count; i++) list[at++] = run[side] + i;
  return list;
}

/** The runs of neighbouring elements that lie at a place. */
export function spansAt({ length, block, domain }: SharedArray, place: number): Span[] {
  const spans: Span[] = [];
  for (let lo = place * block; lo < length; lo += block * domain.places) spans.push([lo, Math.min(length, lo + block)]);
  return spans;
}
