import { GlobalMemoryError, UsageError } from "../../errors.ts";
import type { Future } from "../../sched/core.ts";
import { bytesPerElement, type HeapArray, isHeapArray, kindName, kindOf } from "../../shared/array-kinds.ts";
import { checkNames, shown } from "../../shared/given.ts";
import { placeHere } from "../here.ts";
import { copyEnds } from "./access.ts";
import { OWN_ARRAY } from "./area.ts";
import type { End } from "./ends.ts";
import { GlobalPtr } from "./global-ptr.ts";
import { CONTIGUOUS, type Layout } from "./pieces.ts";

/** Which elements of one end a copy takes, counted from where the pointer points or the array begins. */
export type Pieces =
  /** Runs of `run` elements that begin `stride` elements apart. */
  | { readonly run: number; readonly stride: number }
  /** These elements, in this order. */
  | { readonly indexes: Uint32Array | readonly number[] };

export interface CopyOptions {
  /** Default: one after the other. */
  readonly from?: Pieces;
  /** Default: one after the other. */
  readonly to?: Pieces;
}

/**
 * Copies `count` elements between any two places; neither of them need be this one. One-sided: no task of the other places takes part. Each end is a
 * global pointer, or an array on the heap of this place, whole or a subarray.
 *
 * When the future is there, the elements are in the target's memory: whoever hears of it, by whatever way, sees them. Until then nobody may write to
 * the source, nor read the target. Never blocks.
 *
 * @throws UsageError `HEDDLE_USAGE` for ends of different kinds or pieces that are none. The future fails with GlobalMemoryError
 * (`HEDDLE_GLOBAL_MEMORY`) when an end lies outside of its array or was freed, and with PlaceLostError (`HEDDLE_PLACE_LOST`).
 */
export function copy<A extends HeapArray>(
  source: GlobalPtr<A> | A,
  target: GlobalPtr<A> | A,
  count: number,
  options: CopyOptions = {},
): Future<void> {
  return copyAndTell(source, target, count, options, () => {});
}

/** As `copy`; `ended` is called when neither end is in use any more, also after a failure, and long after a cancellation. */
export function copyAndTell<A extends HeapArray>(
  source: GlobalPtr<A> | A,
  target: GlobalPtr<A> | A,
  count: number,
  options: CopyOptions,
  ended: () => void,
): Future<void> {
  if (!(Number.isInteger(count) && count >= 0))
    throw new UsageError(`copy: count is ${shown(count)}; it must be a whole number from 0 up`);
  checkNames(options, ["from", "to"], "copy");
  const kind = kindAt(source, "source");
  const other = kindAt(target, "target");
  if (kind !== other) throw new UsageError(`copy: the source is of a ${kindName(kind)}, the target of a ${kindName(other)}`);
  const size = bytesPerElement(kind);
  const from = endOf(source, options.from, count, size);
  return copyEnds(from, endOf(target, options.to, count, size), count * size, () => {}, ended);
}

function kindAt(end: GlobalPtr | HeapArray, what: string): number {
  if (end instanceof GlobalPtr) return end.kind;
  if (isHeapArray(end, placeHere().mem)) return kindOf(end);
  throw new UsageError(`copy: the ${what} must be a global pointer, or an array on the heap of this place`);
}

function endOf(end: GlobalPtr | HeapArray, pieces: Pieces | undefined, count: number, size: number): End {
  const layout = layoutOf(pieces, count, size);
  if (end instanceof GlobalPtr) return { place: end.place, area: end.area, layout, kind: end.kind };
  if (last(pieces, count) >= end.length) {
    throw new GlobalMemoryError(`copy: ${count} elements do not lie in an array of ${end.length}`);
  }
  return { place: placeHere().place, area: { block: OWN_ARRAY, stamp: 0, offset: end.byteOffset }, layout, kind: kindOf(end) };
}

function layoutOf(pieces: Pieces | undefined, count: number, size: number): Layout {
  if (pieces === undefined) return CONTIGUOUS;
  checkNames(pieces, "indexes" in pieces ? ["indexes"] : ["run", "stride"], "copy");
  if ("indexes" in pieces) {
    if (pieces.indexes.length !== count) throw new UsageError(`copy: ${pieces.indexes.length} indexes for ${count} elements`);
    for (const index of pieces.indexes) {
      if (!(Number.isInteger(index) && index >= 0 && index < 2 ** 32)) throw new UsageError(`copy: ${shown(index)} is no index`);
    }
    return { kind: "indexed", element: size, indexes: Uint32Array.from(pieces.indexes) };
  }
  const { run, stride } = pieces;
  if (!(Number.isInteger(run) && run > 0 && Number.isInteger(stride) && stride >= run)) {
    throw new UsageError(
      `copy: runs of ${shown(run)} elements ${shown(stride)} apart; a run has at least one element and ends before the next begins`,
    );
  }
  return { kind: "strided", run: run * size, stride: stride * size };
}

/** The last element that is taken; -1 for none. */
function last(pieces: Pieces | undefined, count: number): number {
  if (count === 0) return -1;
  if (pieces === undefined) return count - 1;
  if ("indexes" in pieces) {
    let most = -1;
    for (const index of pieces.indexes) if (index > most) most = index;
    return most;
  }
  return Math.floor((count - 1) / pieces.run) * pieces.stride + ((count - 1) % pieces.run);
}
