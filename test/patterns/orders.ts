/** Tasks for the tests of sort and scan. */
import { reduce, scan, shared, sort, task } from "heddle";

export const byTens = task(import.meta, function byTens(a: number, b: number): number {
  return Math.floor(a / 10) - Math.floor(b / 10);
});

export const descending = task(import.meta, function descending(a: number, b: number): number {
  return b - a;
});

export const negated = task(import.meta, function negated(x: number): number {
  return -x;
});

export const failing = task(import.meta, function failing(a: number, b: number): number {
  if (a === 7777 || b === 7777) throw new RangeError("no 7777");
  return a - b;
});

export const failingKey = task(import.meta, function failingKey(x: number): number {
  if (x === 7777) throw new RangeError("no 7777");
  return x;
});

export const add = task(import.meta, function add(a: number, b: number): number {
  return a + b;
});

export const asyncKey = task(import.meta, async function asyncKey(x: number): Promise<number> {
  return x;
});

/** Sorts and scans joined inside a plain task: whether each gives what it must. */
export const nested = task(import.meta, function nested(n: number): boolean[] {
  const values = Float64Array.from({ length: n }, (_, i) => Math.sin(i));
  const sorted = values.slice().sort();
  const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
    a.length === b.length && Array.from(a).every((x, i) => Object.is(x, b[i]));
  const heap = shared.from(values);
  const onHeap = sort(heap).join();
  const results = [
    onHeap === heap && same(heap, sorted),
    same(sort(values.slice()).join(), sorted),
    same(sort([...values], { by: negated }).join(), sorted.slice().reverse()),
    same(sort([...values], { compare: descending }).join(), sorted.slice().reverse()),
    scan(heap, { identity: 0, combine: largest }).join().length === n,
    reduce(heap, { identity: 0, combine: add }).join() !== undefined,
  ];
  shared.free(heap);
  return results;
});

export const largest = task(import.meta, function largest(a: number, b: number): number {
  return Math.max(a, b);
});
