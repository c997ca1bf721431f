import { UsageError } from "../errors.ts";
import type { Future } from "../sched/core.ts";
import { belongToLoops } from "../sched/loop-tasks.ts";
import type { HeapArray } from "../shared/array-kinds.ts";
import { task } from "../task/task.ts";
import { type Shipped, ship } from "./body.ts";
import { inCall } from "./call.ts";
import { gather } from "./derive.ts";
import { argumentNames, generated } from "./generate.ts";
import { asOne, inPieces } from "./pieces.ts";
import { type Elements, elementOf, isHeap, outsideWorkers, part, type Source, slices, sourceOf } from "./source.ts";
import { isSpread, loopsOf, type Spread } from "./spread.ts";

interface Job {
  readonly body: Shipped;
  readonly args: readonly unknown[];
  readonly source: Source;
  /** A heap array that takes the results; without one they are returned. */
  readonly target: unknown[] | null;
}

type MapLoop = (lo: number, hi: number, source: Source, out: unknown[], ...args: unknown[]) => void;

function loopOf(body: Shipped, into: boolean, args: number): MapLoop {
  const names = argumentNames(args);
  const call = `body(${["data[k - base]", ...names].join(", ")})`;
  return generated<MapLoop>(
    body,
    `map ${into} ${args}`,
    () => ({
      name: `map_${body.name}`,
      parameters: ["lo", "hi", "source", "out", ...names],
      text: `const { data, base } = source;\nfor (let k = lo; k < hi; k++) ${into ? `out[k] = ${call}` : `out.push(${call})`};`,
      scope: { body },
    }),
    () =>
      (lo, hi, source, out, ...rest) => {
        for (let k = lo; k < hi; k++) out[into ? k : out.length] = body(elementOf(source, k), ...rest);
      },
  );
}

const mapPart = task(import.meta, function map(job: Job, lo: number, hi: number): unknown[] | null {
  const loop = loopOf(job.body, job.target !== null, job.args.length);
  const out = job.target ?? [];
  const given: Future<unknown[] | null>[] = [];
  inPieces(
    lo,
    hi,
    (from, to) => loop(from, to, job.source, out, ...job.args),
    (from, to) => given.push(mapPart.spawn({ ...job, source: part(job.source, from, to) }, from, to)),
  );
  for (const upper of given.reverse()) {
    const more = upper.join();
    if (more !== null) for (const value of more) out.push(value);
  }
  return job.target === null ? out : null;
});

const mapAll = task(import.meta, function map(job: Job, lo: number, hi: number): unknown[] | null {
  return asOne(() => mapPart(job, lo, hi));
});

belongToLoops(mapAll, mapPart);

/** How `map` and `map.into` can be called. */
export interface ParallelMap {
  <T, A extends unknown[], R>(array: Spread<T>, fn: (element: T, ...args: A) => R, ...args: A): Future<R[]>;
  <T, A extends unknown[], R>(array: Elements<T>, fn: (element: T, ...args: A) => R, ...args: A): Future<R[]>;

  /**
   * As `map`, with the results written to an array on the heap that is at least as long; it may be the same array. The future's
   * value is that array.
   *
   * Both may be shared arrays: each place computes the elements of `target` that lie there, and fetches what it needs of `array` where the two are dealt out differently.
   *
   * @throws UsageError `HEDDLE_USAGE` when `target` is not on the heap of this runtime, or too short.
   */
  into<S extends Spread<unknown>, T, A extends unknown[]>(
    target: S,
    array: Spread<T>,
    fn: (element: T, ...args: A) => S extends Spread<infer E> ? E : never,
    ...args: A
  ): Future<S>;
  into<H extends HeapArray, T, A extends unknown[]>(
    target: H,
    array: Elements<T>,
    fn: (element: T, ...args: A) => H[number],
    ...args: A
  ): Future<H>;
}

/**
 * Calls `fn(element, ...args)` for every element of an array or typed array, on all workers. The future's value is an ordinary
 * array of the results, in the order of the elements. `fn` is a plain task or a lambda that uses nothing from outside; for
 * generator and async tasks there is `mapStream`.
 *
 * ```ts
 * const sizes = await map(texts, (text) => text.length);
 * ```
 *
 * Of a shared array each place maps the elements that lie there. Arrays on the heap are shared; of others each task gets a copy of its part, and results come back as copies. If `fn` throws, the
 * future fails with that error and what has not run yet does not run. Never blocks: `await` it, or `join` it in a plain task.
 *
 * @throws UsageError `HEDDLE_USAGE` for something that is no array, or a function of the wrong kind.
 * @throws LambdaError `HEDDLE_LAMBDA` for a lambda that uses variables from outside.
 */
export const map: ParallelMap = Object.assign(
  <T, A extends unknown[], R>(array: Elements<T> | Spread<T>, fn: (element: T, ...args: A) => R, ...args: A): Future<R[]> => {
    const body = ship(fn, "map: the function", 1 + args.length, map);
    if (isSpread(array)) return inCall(map, body, () => loopsOf(array).map(body, args)) as Future<R[]>;
    const { source, length } = sourceOf(array, "map", false);
    const job: Job = { body, args, source, target: null };
    if (source.whole || !outsideWorkers() || length < 2)
      return inCall(map, body, () => mapAll.spawn(job, 0, length)) as Future<R[]>;
    const parts = inCall(map, body, () =>
      slices(length).map(([lo, hi]) => mapAll.spawn({ ...job, source: part(source, lo, hi) }, lo, hi)),
    );
    return gather("map", parts, (values) => (values as R[][]).flat() as R[]);
  },
  {
    into<H>(target: H, array: unknown, fn: unknown, ...args: unknown[]): Future<H> {
      const body = ship(fn, "map.into: the function", 1 + args.length, map.into);
      if (isSpread(target) !== isSpread(array)) {
        throw new UsageError("map.into: one of the two is a shared array, the other one not; take read or write in between");
      }
      if (isSpread(target)) {
        const { length } = array as Spread<unknown>;
        if (target.length < length) throw tooShort("map.into", target.length, length);
        return gather("map.into", [inCall(map.into, body, () => loopsOf(target).mapFrom(array, body, args))], () => target);
      }
      const { source, length } = sourceOf(array, "map.into", false);
      checkTarget(target, length, "map.into");
      const job: Job = { body, args, source, target: target as unknown as unknown[] };
      const done = inCall(map.into, body, () => mapAll.spawn(job, 0, length));
      return gather("map.into", [done], () => target);
    },
  },
);

export function checkTarget(target: unknown, length: number, name: string): void {
  if (!isHeap(target)) {
    throw new UsageError(`${name}: the target must be an array on the heap of this runtime, as shared.float64(n) makes them`);
  }
  const has = (target as HeapArray).length;
  if (has < length) throw tooShort(name, has, length);
}

const tooShort = (name: string, has: number, length: number): UsageError =>
  new UsageError(`${name}: the target has ${has} elements, but there are ${length} results`);
