/** Tasks for the tests of futures that cross. */
import { type Future, type HeddlePromise, promise, shared, signal, task, whenAll } from "heddle";

/** Keeps the threads busy long enough that others take what was spawned. */
export function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

export const triple = task(import.meta, function triple(n: number): number {
  spin(2);
  return 3 * n;
});

export const boom = task(import.meta, function boom(message: string): number {
  spin(2);
  throw new RangeError(message);
});

export const readIt = task(import.meta, function* readIt(future: Future<number>, plus: number): Generator<
  Future<unknown>,
  number
> {
  return (yield* future) + plus;
});

export const readAsync = task(import.meta, async function readAsync(future: Future<number>, plus: number): Promise<number> {
  return (await future) + plus;
});

export const statusOf = task(import.meta, function statusOf(future: Future<unknown>): string {
  return future.status;
});

export const putIt = task(import.meta, function putIt<T>(p: HeddlePromise<T>, value: T): string {
  try {
    p.put(value);
    return "put";
  } catch (error) {
    return (error as { code: string }).code;
  }
});

export const failIt = task(import.meta, function failIt(p: HeddlePromise<unknown>, message: string): void {
  p.fail(new RangeError(message));
});

export const joinIt = task(import.meta, function joinIt(future: Future<unknown>): unknown {
  return future.join();
});

export const cancelIt = task(import.meta, function cancelIt(future: Future<unknown>, reason: string): boolean {
  return future.cancel(reason);
});

export const sameTwice = task(import.meta, function* sameTwice(a: Future<number>, b: { inner: Future<number>[] }) {
  return a === b.inner[0] ? yield* a : -1;
});

export const readInner = task(import.meta, function* readInner(outer: Future<{ inner: Future<number> }>): Generator<
  Future<unknown>,
  number
> {
  return yield* (yield* outer).inner;
});

/** Returns a future: it crosses as a result. */
export const makesFuture = task(import.meta, function makesFuture(n: number): { future: Future<number> } {
  return { future: triple.spawn(n) };
});

export const makesPromise = task(import.meta, function makesPromise(): { p: HeddlePromise<number> } {
  return { p: promise<number>() };
});

/** Runs until it is cancelled, or for ten seconds; says in `seen` which. */
export const untilCancelled = task(import.meta, function untilCancelled(seen: Int32Array): void {
  Atomics.store(seen, 0, 1);
  Atomics.notify(seen, 0);
  const end = performance.now() + 10_000;
  while (performance.now() < end) {
    if (signal().aborted) {
      Atomics.store(seen, 1, 1);
      Atomics.notify(seen, 1);
      return;
    }
  }
});

export const dies = task(import.meta, async function dies(seen: Int32Array, p: HeddlePromise<unknown>): Promise<void> {
  const mine = promise<number>();
  p.put({ mine });
  while (Atomics.load(seen, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  process.exit(1);
});

/** A ring of promises: each member waits for the one before and puts the one after. */
export const member = task(import.meta, function* member(before: Future<number>, after: HeddlePromise<number>): Generator<
  Future<unknown>,
  void
> {
  after.put((yield* before) + 1);
});

/** All members from inside a task, so that promises begin in a worker. */
export const ring = task(import.meta, function* ring(n: number): Generator<Future<unknown>, number> {
  const promises = Array.from({ length: n + 1 }, () => promise<number>());
  const members = promises.slice(1).map((after, i) => member.with({ affinity: i }).spawn(promises[i]!.future, after));
  promises[0]!.put(0);
  yield* whenAll(members);
  return yield* promises[n]!.future;
});

export const sumOf = task(import.meta, async function sumOf(futures: Future<number>[]): Promise<number> {
  let sum = 0;
  for (const future of futures) sum += await future;
  return sum;
});

export const flags = (): Int32Array<SharedArrayBuffer> => shared.int32(2);
