import { crosses, errorClass, type Future, finish, place, places, shared, signal, task } from "heddle";

export class Vector {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  get length(): number {
    return Math.hypot(this.x, this.y);
  }
}
crosses(import.meta, Vector, { encode: (v) => [v.x, v.y], decode: ([x, y]: [number, number]) => new Vector(x, y) });

export class WeatherError extends Error {
  override name = "WeatherError";
  readonly code = "RAIN";
  readonly degrees: number;
  constructor(message: string, degrees: number, options?: ErrorOptions) {
    super(message, options);
    this.degrees = degrees;
  }
}
errorClass(import.meta, WeatherError);

export const where = task(import.meta, (): number => place());
export const echo = task(import.meta, (value: unknown): unknown => value);
export const four = task(import.meta, (a: number, b: string, c: boolean, d?: number[]): string =>
  JSON.stringify([a, b, c, d, place()]),
);
export const add = task(import.meta, (a: number, b: number): number => a + b);
export const lengthOf = task(import.meta, (v: Vector): number => v.length);
export const sumOf = task(import.meta, (values: Float64Array): [number, boolean] => {
  let sum = 0;
  for (const value of values) sum += value;
  return [sum, values.buffer instanceof SharedArrayBuffer];
});
/** An array on the heap as a result; where a copy of it goes to another place, it is freed once that has been made. */
export const makeRamp = task(import.meta, async (n: number, forElsewhere: boolean): Promise<Float64Array<SharedArrayBuffer>> => {
  const array = shared.float64(n);
  for (let i = 0; i < n; i++) array[i] = i;
  if (forElsewhere) setImmediate(() => shared.free(array));
  return array;
});
export const rain = task(import.meta, (degrees: number): never => {
  throw new WeatherError("it rains", degrees, { cause: new RangeError("clouds") });
});
export const rainThere = task(import.meta, (p: number): number => rain.at(p).spawn(3).join());

/** Goes round the places on the stack: every worker on the way waits. */
export const round = task(import.meta, (hops: number): number[] => {
  if (hops === 0) return [place()];
  return [
    place(),
    ...round
      .at((place() + 1) % places())
      .spawn(hops - 1)
      .join(),
  ];
});
export const roundGenerator = task(import.meta, function* (hops: number): Generator<Future<number[]>, number[]> {
  if (hops === 0) return [place()];
  return [place(), ...(yield* roundGenerator.at((place() + 1) % places()).spawn(hops - 1))];
});
export const roundAsync = task(import.meta, async (hops: number): Promise<number[]> => {
  if (hops === 0) return [place()];
  return [place(), ...(await roundAsync.at((place() + 1) % places()).spawn(hops - 1))];
});
/** A tree of tasks over all places; its number of leaves. */
export const tree = task(import.meta, (depth: number): number => {
  if (depth === 0) return 1;
  const left = tree.at((place() + depth) % places()).spawn(depth - 1);
  const right = tree.spawn(depth - 1);
  return right.join() + left.join();
});
export const fib = task(import.meta, (n: number): number => {
  if (n < 2) return n;
  const left = fib.spawn(n - 1);
  return fib(n - 2) + left.join();
});
export const apply = task(import.meta, (f: (a: number, b: number) => number, a: number, b: number): number => f(a, b));
export const giveTask = task(import.meta, () => add);
export const manyThere = task(import.meta, (p: number, n: number): number => {
  const futures = Array.from({ length: n }, (_, i) => add.at(p).spawn(i, 1));
  return futures.reduce((sum, future) => sum + future.join(), 0);
});

/** Spawns without waiting, here and there, `depth` deep; each puts a 1 for itself. */
export const scatter = task(import.meta, (depth: number): void => {
  if (depth === 0) return;
  for (let p = 0; p < places(); p++) void scatter.at(p).spawn(depth - 1);
});
/** Failures somewhere below, of tasks that nobody waits for. */
export const scatterFailing = task(import.meta, (depth: number, p: number): void => {
  if (depth === 0) throw new WeatherError(`hail at ${place()}`, depth);
  void scatterFailing.at(p).spawn(depth - 1, p);
});
export const finishThere = task(import.meta, (p: number): string => {
  try {
    finish(() => {
      void scatterFailing.at(p).spawn(2, p);
    });
    return "no failure";
  } catch (error) {
    return (error as Error).message;
  }
});
export const scatterInFinish = task(import.meta, (depth: number): number => {
  finish(() => {
    scatter(depth);
  });
  return place();
});

/** Ends when it is cancelled; its result tells that it was. */
export const untilCancelled = task(import.meta, async (): Promise<string> => {
  const stop = signal();
  if (!stop.aborted) await new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve()));
  return "cancelled";
});
export const parentOfEndless = task(import.meta, async (p: number): Promise<string> => {
  return await untilCancelled.at(p).spawn();
});
export const failLate = task(import.meta, async (ms: number): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  throw new WeatherError("late", ms);
});
export const sleepy = task(import.meta, async (ms: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return place();
});

/** Its cells are all in its own rings when it spawns for another place; with one worker nobody else takes them. */
export const allCellsAtHome = task(import.meta, (p: number): number => {
  const low = Array.from({ length: 8192 }, (_, i) => echo.with({ priority: "low" }).spawn(i)); // CELLS_PER_SLOT
  const there = where.at(p).spawn().join();
  for (const it of low) it.join();
  return there;
});
