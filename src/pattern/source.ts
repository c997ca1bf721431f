/** What collections are made of, as it travels: arrays on the heap by address, others in slices, index ranges as three numbers. */
import { UsageError } from "../errors.ts";
import { runningTask } from "../sched/core.ts";
import { isHeapArray } from "../shared/array-kinds.ts";
import { here, scopePort } from "../task/runtime.ts";
import { type Dimension, type RangeOptions, rangeOf } from "./domain.ts";
import { isSpread } from "./spread.ts";

/** Something with elements: an array or a typed array. */
export interface Elements<T> {
  readonly length: number;
  readonly [index: number]: T;
}

/** Elements `base` to `base + data.length - 1` of an array, or of a range if `data` is null. */
export interface Source {
  readonly data: Elements<unknown> | null;
  readonly base: number;
  /** Every thread sees all of it. */
  readonly whole: boolean;
  readonly range: Dimension | null;
}

export const NO_ELEMENTS: Source = { data: [], base: 0, whole: true, range: null };

export const isHeap = (array: unknown): boolean => isHeapArray(array, here().mem);

export function sourceOf(source: unknown, name: string, ranges: boolean): { source: Source; length: number } {
  if (ranges && (typeof source === "number" || isRangeOptions(source))) {
    const range = rangeOf(source as number | RangeOptions, name, "the range");
    return { source: { data: null, base: 0, whole: true, range }, length: range.count };
  }
  if (isSpread(source)) {
    throw new UsageError(
      `${name}: a shared array is not taken here; map, reduce, sort and parallelFor take one, and array.read() copies it to an ordinary array`,
    );
  }
  if (!Array.isArray(source) && !(ArrayBuffer.isView(source) && !(source instanceof DataView))) {
    throw new UsageError(
      `${name}: the source is ${source === null ? "null" : `of type ${typeof source}`}; it must be an array${ranges ? ", a typed array or a range: n or { from, to, step }" : " or a typed array"}`,
    );
  }
  const data = source as unknown as Elements<unknown>;
  return { source: { data, base: 0, whole: isHeap(data), range: null }, length: data.length };
}

const isRangeOptions = (it: unknown): boolean => typeof it === "object" && it !== null && !Array.isArray(it) && "to" in it;

/** The part of a source that a task for elements `lo` to `hi` - 1 needs. */
export function part(source: Source, lo: number, hi: number): Source {
  if (source.whole) return source;
  const data = source.data as unknown as { slice(lo: number, hi: number): Elements<unknown> };
  return { ...source, data: data.slice(lo - source.base, hi - source.base), base: lo };
}

/** In the text of a loop: element `k`. */
export const elementText = (range: boolean): string => (range ? "from + k * step" : "data[k - base]");
/** In the text of a loop: what `elementText` uses, of the parameter `source`. */
export const sourceText = (range: boolean): string =>
  range ? "const { from, step } = source.range;" : "const { data, base } = source;";
/** Element `k`, for loops that are not made from text. */
export const elementOf = ({ data, base, range }: Source, k: number): unknown =>
  range === null ? data![k - base] : range.from + k * range.step;

/** Whether the calling thread runs no tasks itself, so that its data should leave it in slices. */
export const outsideWorkers = (): boolean => runningTask() === null && scopePort() !== null;

/** Into so many slices data that leaves the main thread is cut. */
const SLICES = 64;

/** Cuts `units` units into slices of the same number of units but for the last one. */
export function slices(units: number): [lo: number, hi: number][] {
  const each = Math.max(1, Math.ceil(units / SLICES));
  return Array.from({ length: Math.ceil(units / each) }, (_, i) => [i * each, Math.min(units, (i + 1) * each)]);
}
