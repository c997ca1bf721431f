import { UsageError } from "../errors.ts";
import type { Future } from "../sched/core.ts";
import { belongToLoops } from "../sched/loop-tasks.ts";
import { tracer } from "../sched/tracing.ts";
import { watch } from "../sched/watch.ts";
import { task } from "../task/task.ts";
import { type Shipped, ship } from "./body.ts";
import { inCall } from "./call.ts";
import { gather } from "./derive.ts";
import { Distribution, eachRun, type Share } from "./distribution.ts";
import { type Domain1, type Domain2, type Domain3, type Space, spaceOf } from "./domain.ts";
import { loopFor } from "./loops.ts";
import { asOne, inPieces } from "./pieces.ts";

interface Job {
  readonly body: Shipped;
  readonly args: readonly unknown[];
  readonly space: Space;
  readonly blocks: boolean;
  /** The part of the domain that belongs to one place; null for all of it. */
  readonly share: Share | null;
}

type Run = (lo: number, hi: number) => void;

function runUnits(job: Job): Run {
  const { share } = job;
  if (share === null) return runSpace(job);
  const run = job.blocks ? runRows(job) : runSpace(job);
  return (lo, hi) => eachRun(share, lo, hi, run);
}

/** Calls a body that takes blocks for rows `lo` to `hi` - 1 of the first dimension, whole as they are in the others. */
function runRows({ body, args, space }: Job): Run {
  const [first, ...others] = space.dimensions;
  const { from, step } = first!;
  const rest = others.flatMap((it) => [it.from, it.from + it.count * it.step]);
  const call: Run = (lo, hi) => void body(from + lo * step, from + hi * step, ...rest, ...args);
  if (watch === null) return call;
  return (lo, hi) => {
    for (let row = lo; row < hi; row++) call(row, row + 1);
  };
}

function runSpace({ body, args, space, blocks }: Job): Run {
  const loop = loopFor(body, space, blocks, args.length);
  // The smallest blocks show all that blocks of any size could do at the same time.
  if (watch !== null && blocks) {
    return (lo, hi) => {
      for (let unit = lo; unit < hi; unit++) loop(unit, unit + 1, space.dimensions, ...args);
    };
  }
  return (lo, hi) => loop(lo, hi, space.dimensions, ...args);
}

const loopPart = task(import.meta, function parallelFor(job: Job, lo: number, hi: number, piece: number): void {
  inPieces(
    lo,
    hi,
    runUnits(job),
    (from, to, size) => {
      loopPart.spawn(job, from, to, size);
    },
    piece,
  );
});

const loopTile = task(import.meta, function parallelForTile(job: Job, tile: number): void {
  runUnits(job)(tile, tile + 1);
});

const loop = task(import.meta, function parallelFor(job: Job): void {
  const { units, chunked, anywhere } = job.space;
  asOne(() => {
    if (chunked) for (let tile = 0; tile < units; tile++) (anywhere ? loopTile.anywhere : loopTile).spawn(job, tile);
    else loopPart(job, 0, job.share?.units ?? units, 1);
  });
});

belongToLoops(loop, loopPart, loopTile);

/** The loop over what belongs to one place, there. Null when nothing does. */
function startShare(job: Job, domain: Distribution, place: number): Future<void> | null {
  const share = domain.shareOf(place, job.blocks);
  return share.units === 0 ? null : loop.at(place).spawn({ ...job, share });
}

/** How `parallelFor` and `parallelFor.blocks` can be called. */
export interface ParallelFor {
  <A extends unknown[]>(domain: Distribution<1>, body: (i: number, ...args: A) => unknown, ...args: A): Future<void>;
  <A extends unknown[]>(domain: Distribution<2>, body: (i: number, j: number, ...args: A) => unknown, ...args: A): Future<void>;
  <A extends unknown[]>(
    domain: Distribution<3>,
    body: (i: number, j: number, k: number, ...args: A) => unknown,
    ...args: A
  ): Future<void>;
  <A extends unknown[]>(domain: Domain1, body: (i: number, ...args: A) => unknown, ...args: A): Future<void>;
  <A extends unknown[]>(domain: Domain2, body: (i: number, j: number, ...args: A) => unknown, ...args: A): Future<void>;
  <A extends unknown[]>(
    domain: Domain3,
    body: (i: number, j: number, k: number, ...args: A) => unknown,
    ...args: A
  ): Future<void>;

  /**
   * As `parallelFor`, for a body that gets a block of indices at once and loops over them itself: `(lo, hi, ...args)`, with two
   * dimensions `(iLo, iHi, jLo, jHi, ...args)`, with three two more. Each `hi` is the index after the block's last one.
   */
  blocks: {
    <A extends unknown[]>(
      domain: Distribution<1>,
      body: (lo: number, hi: number, ...args: A) => unknown,
      ...args: A
    ): Future<void>;
    <A extends unknown[]>(
      domain: Distribution<2>,
      body: (iLo: number, iHi: number, jLo: number, jHi: number, ...args: A) => unknown,
      ...args: A
    ): Future<void>;
    <A extends unknown[]>(
      domain: Distribution<3>,
      body: (iLo: number, iHi: number, jLo: number, jHi: number, kLo: number, kHi: number, ...args: A) => unknown,
      ...args: A
    ): Future<void>;
    <A extends unknown[]>(domain: Domain1, body: (lo: number, hi: number, ...args: A) => unknown, ...args: A): Future<void>;
    <A extends unknown[]>(
      domain: Domain2,
      body: (iLo: number, iHi: number, jLo: number, jHi: number, ...args: A) => unknown,
      ...args: A
    ): Future<void>;
    <A extends unknown[]>(
      domain: Domain3,
      body: (iLo: number, iHi: number, jLo: number, jHi: number, kLo: number, kHi: number, ...args: A) => unknown,
      ...args: A
    ): Future<void>;
  };
}

/**
 * Calls `body` for every index of a domain of 1, 2 or 3 dimensions, on all workers: `body(i, ...args)`, `body(i, j, ...args)` or
 * `body(i, j, k, ...args)`. The body is a task or a lambda that uses nothing from outside; what it writes it writes to arrays on
 * the heap, each index elsewhere. The order of the calls is not fixed.
 *
 * ```ts
 * await parallelFor(n, (i, a) => { a[i] = Math.sqrt(i); }, a);
 * await parallelFor([[1, rows - 1], [1, columns - 1]], relax, from, to, columns);
 * await parallelFor({ to: n, tile: 1000, mode: "chunked" }, work, data);
 * ```
 *
 * Over a `Distribution`, which `distribute` makes and every shared array has, each index runs at the place that it belongs to: one task at each place, which halves what
 * it has among the workers there. The future is fulfilled when all places have run theirs.
 *
 * Splitting is lazy: a task runs its indices in pieces of some tens of microseconds, and halves what is left when a worker looks
 * for work (Tzannes et al., "Lazy binary splitting", PPoPP 2010). In mode "chunked" every tile is a task from the beginning; in mode "anywhere" one that any place with workers
 * without work may take.
 *
 * The future is fulfilled when the body has run for all indices, with all tasks that it spawned. If the body throws, the future
 * fails with that error and what has not run yet does not run. Never blocks: `await` it, or `join` it in a plain task.
 *
 * @throws UsageError `HEDDLE_USAGE` for a bad domain, a generator or async body, and a body with more parameters than it gets.
 * @throws LambdaError `HEDDLE_LAMBDA` for a lambda that uses variables from outside.
 */
export const parallelFor: ParallelFor = Object.assign(
  (domain: unknown, body: unknown, ...args: unknown[]): Future<void> => start("parallelFor", domain, body, args, parallelFor),
  {
    blocks: (domain: unknown, body: unknown, ...args: unknown[]): Future<void> =>
      start("parallelFor.blocks", domain, body, args, parallelFor.blocks),
  },
);

function start(name: string, domain: unknown, body: unknown, args: unknown[], callee: Function): Future<void> {
  const blocks = callee === parallelFor.blocks;
  if (domain instanceof Distribution) {
    const job = jobOf(name, domain.space, blocks, body, args, callee);
    const shares = inCall(callee, job.body, () =>
      Array.from({ length: domain.places }, (_, place) => startShare(job, domain, place)),
    );
    return gather(
      name,
      shares.filter((it) => it !== null),
      () => {},
    );
  }
  const ownRanges = blocks && Array.isArray(domain) && typeof domain[0] !== "number";
  const space = spaceOf(domain, name, ownRanges && domain.length > 1);
  const job = jobOf(name, space, blocks, body, args, callee);
  return inCall(callee, job.body, () => loop.spawn(job));
}

function jobOf(name: string, space: Space, blocks: boolean, body: unknown, args: unknown[], callee: Function): Job {
  const indices = space.dimensions.length * (blocks ? 2 : 1);
  return { body: ship(body, `${name}: the body`, indices + args.length, callee), args, space, blocks, share: null };
}

/** What belongs to `place` of a loop over a distribution: checks everything now, and starts it when it is called. */
export function shareOfLoop(
  name: string,
  domain: unknown,
  blocks: boolean,
  body: unknown,
  args: unknown[],
  callee: Function,
): (place: number) => Future<void> | null {
  if (!(domain instanceof Distribution)) {
    throw new UsageError(
      `${name}: the domain is not dealt out to the places; take distribute(domain), or the domain of a shared array`,
    );
  }
  const job = jobOf(name, domain.space, blocks, body, args, callee);
  const site = tracer.callSite(callee, job.body);
  return (place) => tracer.calledAt(site, () => startShare(job, domain, place));
}
