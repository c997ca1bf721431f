import { UsageError, WorkerLostError } from "../errors.ts";
import type { Future } from "../sched/core.ts";
import { rareOf } from "../sched/more.ts";
import { whenSettled } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import { type HeapArray, kindOf, type TypedArray } from "../shared/array-kinds.ts";
import { checkNames } from "../shared/given.ts";
import { shared } from "../task/shared.ts";
import { task } from "../task/task.ts";
import { type Shipped, ship } from "./body.ts";
import { inCall } from "./call.ts";
import { follow, fulfil, gather, openFuture, reject } from "./derive.ts";
import type { Run } from "./merge.ts";
import { orderList, sortByKey, sortElements } from "./merge-sort.ts";
import { isHeap } from "./source.ts";
import { isSpread, loopsOf, type Spread } from "./spread.ts";

/** What an array holds. */
export type ElementOf<T> = T extends { readonly [index: number]: infer E } ? E : never;

/** In which order: by a key of each element, or by comparing two elements. Each function is a task or a closed lambda. */
export type SortOptions<E> =
  | { readonly by?: (element: E) => number; readonly compare?: undefined }
  | { readonly compare?: (a: E, b: E) => number; readonly by?: undefined };

/**
 * Sorts an array in place, on all workers. The future's value is the array itself.
 *
 * ```ts
 * await sort(prices); // numbers in ascending order
 * await sort(people, { by: (person) => person.age });
 * await sort(words, { compare: (a, b) => a.length - b.length });
 * ```
 *
 * Without options the order is that of `TypedArray.prototype.sort`: numbers and bigints ascending, -0 before 0, NaN last; also for a
 * plain array of numbers or of bigints. Strings are ordered by code units. With `by` elements are ordered by the number that it
 * returns, which it is asked for once for each element. `compare(a, b)` is negative if `a` comes first, positive if `b` does. The sort is
 * stable: equal elements keep their order. So the result is the same for any number of workers.
 *
 * An array on the heap is sorted where it lies. Any other typed array is copied to the heap and back, a plain array's elements are
 * sent to the workers, which must be able to receive them; the array has its new order, with the very same elements, when the
 * future is fulfilled. Leave the array alone until then. As scratch memory the heap holds up to two more copies of it for a time;
 * with `by` 16 bytes more for each element.
 *
 * A shared array is sorted over all places, in place: element i is then the one of rank i. A sample sort: each place sorts its part, cuts it at splitters drawn from samples of all parts
 * (Shi and Schaeffer, "Parallel sorting by regular sampling", 1992; equal elements are told apart by where they lie, so many of them do no harm), fetches what belongs to it, sorts that and
 * writes it to where it belongs. Each heap holds about two more copies of its part for a time. Call it from one task; where every place runs the same program,
 * `world.once(() => sort(array))`.
 *
 * A merge sort: runs of some ten thousand elements are sorted by one task each (numbers by a radix sort), merges are divided at
 * the median (Cormen et al., "Introduction to Algorithms", multithreaded merge sort). If `by` or `compare` throws, the future fails
 * with that error; then the array on the heap is in no particular order and may hold elements twice, any other is as it was.
 * Never blocks: `await` it, or `join` it in a plain task.
 *
 * @throws UsageError `HEDDLE_USAGE` for something that is no array, a plain array that needs an order, and functions of the wrong kind.
 * @throws LambdaError `HEDDLE_LAMBDA` for a lambda that uses variables from outside.
 * @throws CrossingError `HEDDLE_CANNOT_CROSS` for elements of a plain array that cannot go to a worker.
 */
export function sort<S extends Spread<unknown>>(
  array: S,
  options?: SortOptions<S extends Spread<infer E> ? E : never>,
): Future<S>;
export function sort<T extends TypedArray | number[] | bigint[] | string[]>(
  array: T,
  options?: SortOptions<ElementOf<T>>,
): Future<T>;
export function sort<T extends unknown[]>(array: T, options: SortOptions<ElementOf<T>>): Future<T>;
export function sort(array: TypedArray | unknown[] | Spread<unknown>, options: SortOptions<never> = {}): Future<unknown> {
  const { by, compare } = check(array, options);
  return inCall(sort, by ?? compare ?? sort, () => start(array, by, compare));
}

function start(array: TypedArray | unknown[] | Spread<unknown>, by: Shipped | null, compare: Shipped | null): Future<unknown> {
  if (isSpread(array)) return gather("sort", [loopsOf(array).sort(by, compare)], () => array);
  if (!Array.isArray(array)) return sortTyped(array, by, compare);
  if (by !== null || compare !== null) return sortList(array, by, compare);
  switch (commonType(array)) {
    case "number":
      return sortTyped(Float64Array.from(array as number[]), null, null, (sorted) => {
        for (let i = 0; i < sorted.length; i++) array[i] = sorted[i];
        return array;
      });
    default:
      return sortList(array, null, ascending);
  }
}

const ascending = task(import.meta, function ascending(a: unknown, b: unknown): number {
  return (a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0;
}) as Shipped;

function check(array: unknown, options: unknown): { by: Shipped | null; compare: Shipped | null } {
  if (!Array.isArray(array) && kindOf(array) < 0 && !isSpread(array)) {
    throw new UsageError(`sort: array is ${array === null ? "null" : typeof array}; it must be an array or a typed array`);
  }
  if (typeof options === "function") {
    throw new UsageError("sort: options is a function; name it: sort(array, { compare }) or sort(array, { by })");
  }
  if (typeof options !== "object" || options === null) {
    throw new UsageError(`sort: options is ${options === null ? "null" : typeof options}; it must be { by } or { compare }`);
  }
  checkNames(options, ["by", "compare"], "sort");
  const { by, compare } = options as { by?: unknown; compare?: unknown };
  if (by !== undefined && compare !== undefined)
    throw new UsageError("sort: by and compare were both given; one order is enough");
  return {
    by: by === undefined ? null : ship(by, "sort: by", 1, sort),
    compare: compare === undefined ? null : ship(compare, "sort: compare", 2, sort),
  };
}

/** The type that all elements have. */
function commonType(list: readonly unknown[]): string {
  const type = list.length === 0 ? "number" : typeof list[0];
  if (type !== "number" && type !== "bigint" && type !== "string") {
    throw new UsageError(`sort: element 0 is of type ${type}, which has no order of its own; say which: { by } or { compare }`);
  }
  for (let i = 1; i < list.length; i++) {
    if (typeof list[i] !== type) {
      throw new UsageError(
        `sort: element 0 is a ${type}, but element ${i} is of type ${typeof list[i]}; such a mixture has no order of its own: say which: { by } or { compare }`,
      );
    }
  }
  return type;
}

function sortTyped<T extends TypedArray, U = T>(
  array: T,
  by: Shipped | null,
  compare: Shipped | null,
  result: (sorted: T) => U = (sorted) => sorted as unknown as U,
): Future<U> {
  const onHeap = isHeap(array);
  const copy = onHeap ? null : shared.from(array);
  const data = (copy ?? array) as unknown as Run;
  return watch(
    copy as HeapArray | null,
    () => (by === null ? sortElements.spawn(data, compare) : sortByKey.spawn(data, by)),
    () => {
      if (copy !== null) (array as unknown as Run).set(copy as unknown as Run);
      return result(array);
    },
  );
}

function sortList<T extends unknown[]>(array: T, by: Shipped | null, compare: Shipped | null): Future<T> {
  const positions = shared.uint32(array.length);
  return watch(
    positions,
    () => orderList.spawn(array, by, compare, positions as unknown as Run),
    () => {
      const before = array.slice();
      for (let i = 0; i < before.length; i++) array[i] = before[positions[i]!];
      return array;
    },
  );
}

/** The future of what `take` makes of the task's work. `copy` is freed when no task uses it any more. */
function watch<T>(copy: HeapArray | null, spawn: () => Future<void>, take: () => T): Future<T> {
  const free = (): void => {
    if (copy !== null) shared.free(copy);
  };
  let work: Future<unknown>;
  try {
    work = spawn() as Future<unknown>;
  } catch (error) {
    free();
    throw error;
  }
  const future = openFuture<T>("sort", (reason) => void work.cancel(reason));
  let left = 2;
  (rareOf(work).onEnd ??= []).push(() => {
    if (--left === 0) free();
  });
  whenSettled(work, (it) => {
    try {
      if (it.state === State.DONE) fulfil(future, take());
      else follow(future as Future<unknown>, it);
    } catch (error) {
      reject(future as Future<unknown>, error);
    }
    // Tasks of a lost worker may still run elsewhere, and write.
    if (!(it.a0 instanceof WorkerLostError) && --left === 0) free();
  });
  return future;
}
