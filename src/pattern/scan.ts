import { UsageError } from "../errors.ts";
import type { Future } from "../sched/core.ts";
import { belongToLoops } from "../sched/loop-tasks.ts";
import type { HeapArray } from "../shared/array-kinds.ts";
import { task } from "../task/task.ts";
import { inCall } from "./call.ts";
import { gather } from "./derive.ts";
import type { RangeOptions } from "./domain.ts";
import {
  blockBounds,
  type Folding,
  type FoldJob,
  foldJob,
  foldLoop,
  identityOf,
  type Keeps,
  type MapWhereNeeded,
} from "./folding.ts";
import { checkTarget } from "./map.ts";
import { asOne, inPieces } from "./pieces.ts";
import { type Elements, part, sourceOf } from "./source.ts";
import { blockCount } from "./tree.ts";

/** As for `reduce`, and which values are kept. */
export interface Scanning<T, V, A extends unknown[] = []> extends Folding<T, V, A> {
  /** Each result is of the elements before its own, without it; the first is the identity. Default false: with its own. */
  readonly exclusive?: boolean;
}

interface ScanJob extends FoldJob {
  readonly exclusive: boolean;
  /** A heap array that takes the results; without one they are returned. */
  readonly target: unknown[] | null;
}

/** Runs `run` for the blocks `lo` to `hi` - 1, some of them in other tasks; what they return follows in order. */
function inBlocks(
  lo: number,
  hi: number,
  run: (block: number, out: unknown[]) => void,
  spawn: (lo: number, hi: number) => Future<unknown[]>,
): unknown[] {
  const out: unknown[] = [];
  const given: Future<unknown[]>[] = [];
  inPieces(
    lo,
    hi,
    (first, end) => {
      for (let block = first; block < end; block++) run(block, out);
    },
    (first, end) => given.push(spawn(first, end)),
  );
  for (const upper of given.reverse()) for (const value of upper.join()) out.push(value);
  return out;
}

function forBlocks(job: ScanJob, lo: number, hi: number): ScanJob {
  return { ...job, source: part(job.source, blockBounds(job, lo)[0], blockBounds(job, hi - 1)[1]) };
}

/** The value of each block. */
const sumPart = task(import.meta, function scan(job: ScanJob, lo: number, hi: number): unknown[] {
  const loop = foldLoop(job, "nothing");
  return inBlocks(
    lo,
    hi,
    (block, out) => out.push(loop(...blockBounds(job, block), job.source, identityOf(job), null, ...job.args)),
    (first, end) => sumPart.spawn(forBlocks(job, first, end), first, end),
  );
});

/** The results of each block, which begins with what lies before it: `offsets`, of the blocks from `lo` on. */
const scanPart = task(import.meta, function scan(job: ScanJob, offsets: unknown[], lo: number, hi: number): unknown[] {
  const { target, exclusive } = job;
  const keeps: Keeps = `${target === null ? "push" : "store"} ${exclusive ? "before" : "after"}`;
  const loop = foldLoop(job, keeps);
  return inBlocks(
    lo,
    hi,
    (block, out) => loop(...blockBounds(job, block), job.source, offsets[block - lo], target ?? out, ...job.args),
    (first, end) => scanPart.spawn(forBlocks(job, first, end), offsets.slice(first - lo, end - lo), first, end),
  );
});

const scanAll = task(import.meta, function scan(job: ScanJob): unknown[] | null {
  const blocks = blockCount(job.length);
  if (job.length === 0) return job.target === null ? [] : null;
  const sums = asOne(() => sumPart(job, 0, blocks - 1));
  const offsets = [identityOf(job)];
  for (const sum of sums) offsets.push(job.combine(offsets.at(-1), sum));
  const values = asOne(() => scanPart(job, offsets, 0, blocks));
  return job.target === null ? values : null;
});

belongToLoops(scanAll, scanPart, sumPart);

/** How `scan` and `scan.into` can be called. */
export interface Scan {
  <T, V, A extends unknown[]>(source: Elements<T>, how: Scanning<T, V, A> & MapWhereNeeded<T, V>, ...args: A): Future<V[]>;
  <V, A extends unknown[]>(
    range: number | RangeOptions,
    how: Scanning<number, V, A> & MapWhereNeeded<number, V>,
    ...args: A
  ): Future<V[]>;

  /**
   * As `scan`, with the results written to an array on the heap that is at least as long; it may be the source itself. The future's
   * value is that array.
   *
   * @throws UsageError `HEDDLE_USAGE` when `target` is not on the heap of this runtime, or too short.
   */
  into: {
    <H extends HeapArray, T, A extends unknown[]>(
      target: H,
      source: Elements<T>,
      how: Scanning<T, H[number], A> & MapWhereNeeded<T, H[number]>,
      ...args: A
    ): Future<H>;
    <H extends HeapArray, A extends unknown[]>(
      target: H,
      range: number | RangeOptions,
      how: Scanning<number, H[number], A> & MapWhereNeeded<number, H[number]>,
      ...args: A
    ): Future<H>;
  };
}

/**
 * Combines each element of an array or typed array, or what `map` makes of it, with all that come before it (prefix sums), on all workers.
 * The future's value is an ordinary array of the results; with `exclusive` each is without its own element.
 *
 * ```ts
 * await scan([1, 2, 3, 4], { identity: 0, combine: (a, b) => a + b });                  // [1, 3, 6, 10]
 * await scan([1, 2, 3, 4], { identity: 0, combine: (a, b) => a + b, exclusive: true }); // [0, 1, 3, 6]
 * ```
 *
 * The source may also be a range of indices, `n` or `{ from, to, step }`, for which `map` gives the values. Further arguments go to
 * `map`. `combine` should be associative, must not change its arguments, and need not be commutative.
 *
 * The result is the same, bit for bit, for any number of workers: the shape in which values are combined depends on the number of
 * elements alone. Blocks of ceil(n / 1024) elements are folded, beginning with the identity; the values of the blocks are added up in
 * order; then each block is folded again, beginning with what lies before it (Blelloch, "Prefix sums and their applications",
 * 1990). So `map` and `combine` are called twice for most elements, which costs twice the work of the plain loop.
 *
 * If a function throws, the future fails with that error. Never blocks: `await` it, or `join` it in a plain task.
 *
 * @throws UsageError `HEDDLE_USAGE` for a bad source or a function of the wrong kind.
 * @throws LambdaError `HEDDLE_LAMBDA` for a lambda that uses variables from outside.
 */
export const scan: Scan = Object.assign(
  (from: unknown, how: unknown, ...args: unknown[]): Future<never[]> => {
    const job = scanJob(from, how, args, null, "scan", scan);
    return inCall(scan, job.map ?? job.combine, () => scanAll.spawn(job)) as Future<never[]>;
  },
  {
    into<H extends HeapArray>(target: H, from: unknown, how: unknown, ...args: unknown[]): Future<H> {
      const job = scanJob(from, how, args, target as unknown as unknown[], "scan.into", scan.into);
      checkTarget(target, job.length, "scan.into");
      return gather("scan.into", [inCall(scan.into, job.map ?? job.combine, () => scanAll.spawn(job))], () => target);
    },
  },
);

function scanJob(
  from: unknown,
  how: unknown,
  args: unknown[],
  target: unknown[] | null,
  name: string,
  callee: Function,
): ScanJob {
  const { source, length } = sourceOf(from, name, true);
  const job = foldJob(source, length, how, args, name, callee);
  const { exclusive = false } = how as { exclusive?: unknown };
  if (typeof exclusive !== "boolean")
    throw new UsageError(`${name}: exclusive is ${String(exclusive)}; it must be true or false`);
  return { ...job, exclusive, target };
}
