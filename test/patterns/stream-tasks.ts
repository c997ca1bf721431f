/** Tasks for the tests of mapStream and pipeline. */
import { type Future, type HeddlePromise, mapStream, parallel, pipeline, serial, signal, task } from "heddle";
import { square } from "./bodies.ts";

export const scaled = task(import.meta, function scaled(x: number, factor: number): number {
  return x * factor;
});

export const squareByChild = task(import.meta, function* squareByChild(x: number): Generator<Future<unknown>, number> {
  return yield* square.spawn(x);
});

export const squareSoon = task(import.meta, async function squareSoon(x: number): Promise<number> {
  await null;
  return await square.spawn(x);
});

/** Item 0 waits until the promise is put. */
export const zeroWaits = task(import.meta, async function zeroWaits(x: number, gate: Future<void>): Promise<number> {
  if (x === 0) await gate;
  return x;
});

/** Item 0 waits until item 1 is in work. */
export const zeroNeedsOne = task(import.meta, async function zeroNeedsOne(x: number, gate: HeddlePromise<void>): Promise<number> {
  if (x === 0) await gate.future;
  if (x === 1) gate.put();
  return x;
});

export const Seen = { STARTED: 0, ABORTED: 1 } as const;

/** Ends when it is cancelled, but for item 0. */
export const untilCancelled = task(import.meta, async function untilCancelled(x: number, seen: Int32Array): Promise<number> {
  if (x === 0) return 0;
  const own = signal();
  Atomics.add(seen, Seen.STARTED, 1);
  if (!own.aborted) await new Promise<void>((resolve) => own.addEventListener("abort", () => resolve()));
  Atomics.add(seen, Seen.ABORTED, 1);
  return x;
});

export const failOn = task(import.meta, function failOn(x: number, bad: number): number {
  if (x === bad) throw new RangeError(`no ${x}`);
  return x;
});

export const failOrWait = task(import.meta, async function failOrWait(x: number, seen: Int32Array): Promise<number> {
  if (x === 3) throw new RangeError("no 3");
  return untilCancelled(x + 1, seen);
});

export const Log = { INSIDE: 0, OVERLAPS: 1, LENGTH: 2, FIRST: 3 } as const;

/** Notes the item, and whether another one was in here too. */
export const note = task(import.meta, function note(x: number, log: Int32Array): number {
  if (Atomics.add(log, Log.INSIDE, 1) !== 0) Atomics.add(log, Log.OVERLAPS, 1);
  log[Log.FIRST + log[Log.LENGTH]!++] = x;
  Atomics.sub(log, Log.INSIDE, 1);
  return x;
});

export const noteSoon = task(import.meta, async function noteSoon(x: number, log: Int32Array): Promise<number> {
  if (Atomics.add(log, Log.INSIDE, 1) !== 0) Atomics.add(log, Log.OVERLAPS, 1);
  log[Log.FIRST + log[Log.LENGTH]!++] = x;
  for (let i = 0; i < x % 3; i++) await null;
  Atomics.sub(log, Log.INSIDE, 1);
  return x;
});

export const numbersTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export const streamInTask = task(import.meta, async function streamInTask(n: number): Promise<number[]> {
  return await mapStream(numbersTo(n), square, { inFlight: 3 }).collect();
});

export const streamForEver = task(import.meta, async function streamForEver(seen: Int32Array): Promise<void> {
  await mapStream(numbersTo(100), untilCancelled, { args: [seen], inFlight: 2 }).collect();
});

export const streamInPlain = task(import.meta, function streamInPlain(): void {
  mapStream([1], square);
});

export const pipelineInPlain = task(import.meta, function pipelineInPlain(n: number): number[] {
  return pipeline.with({ inFlight: 3 })(numbersTo(n), parallel(square), serial(scaled, 2), parallel(squareByChild)).join();
});

export const pipelineInGenerator = task(import.meta, function* pipelineInGenerator(n: number): Generator<
  Future<unknown>,
  number[]
> {
  // The source's own spawns are this task's children.
  function* source(): Generator<number> {
    for (const x of numbersTo(n)) yield x;
  }
  return yield* pipeline.with({ inFlight: 3 })(source(), parallel(squareSoon), serial(scaled, 2));
});

export const pipelineInAsync = task(import.meta, async function pipelineInAsync(n: number): Promise<number[]> {
  return await pipeline(numbersTo(n), serial(squareSoon), parallel(scaled, 2));
});

export const joinsAsyncStage = task(import.meta, function joinsAsyncStage(): void {
  pipeline([1], parallel(squareSoon)).join();
});

export const asyncSourceInPlain = task(import.meta, function asyncSourceInPlain(): void {
  pipeline(
    (async function* () {
      yield 1;
    })(),
    parallel(square),
  );
});
