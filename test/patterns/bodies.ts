/** Tasks for the tests of patterns. */
import { map, parallelFor, reduce, shared, task } from "heddle";

export const count = task(import.meta, function count(i: number, hits: Int32Array, from: number): void {
  Atomics.add(hits, i - from, 1);
});

export const countGrid = task(import.meta, function countGrid(i: number, j: number, hits: Int32Array, columns: number): void {
  Atomics.add(hits, i * columns + j, 1);
});

export const failAt = task(import.meta, function failAt(i: number, bad: number, ran: Int32Array): void {
  Atomics.add(ran, 0, 1);
  if (i === bad) throw new RangeError(`no ${bad}`);
});

export const square = task(import.meta, function square(x: number): number {
  return x * x;
});

export const add = task(import.meta, function add(a: number, b: number): number {
  return a + b;
});

export const asyncBody = task(import.meta, async function asyncBody(_i: number): Promise<void> {});
export const generatorBody = task(import.meta, function* generatorBody(_i: number): Generator<never, void> {});

/** Patterns joined inside a plain task. */
export const nested = task(import.meta, function nested(n: number): number {
  const hits = shared.int32(n);
  parallelFor(n, count, hits, 0).join();
  const squares = map(hits, square).join();
  const total = reduce(squares, { identity: 0, combine: add }).join();
  shared.free(hits);
  return total + reduce([1, 2, 3], { identity: 0, combine: add }).join();
});

/** A loop in a loop. */
export const nestedRow = task(import.meta, function nestedRow(i: number, columns: number, hits: Int32Array): void {
  parallelFor(columns, countGrid2, i, columns, hits).join();
});
export const countGrid2 = task(import.meta, function countGrid2(j: number, i: number, columns: number, hits: Int32Array): void {
  Atomics.add(hits, i * columns + j, 1);
});
