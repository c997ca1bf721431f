import type { Future } from "../sched/core.ts";
import { belongToLoops } from "../sched/loop-tasks.ts";
import { task } from "../task/task.ts";
import { inCall } from "./call.ts";
import { gather } from "./derive.ts";
import type { RangeOptions } from "./domain.ts";
import { blockBounds, type Folding, type FoldJob, foldJob, foldLoop, identityOf, type MapWhereNeeded } from "./folding.ts";
import { asOne, inPieces } from "./pieces.ts";
import { type Elements, NO_ELEMENTS, outsideWorkers, part, slices, sourceOf } from "./source.ts";
import { isSpread, loopsOf, type Spread } from "./spread.ts";
import { blockCount, type NodeList, Nodes } from "./tree.ts";

/** Elements that the blocks `lo` to `hi` - 1 need. */
function forBlocks(job: FoldJob, lo: number, hi: number): FoldJob {
  return { ...job, source: part(job.source, blockBounds(job, lo)[0], blockBounds(job, hi - 1)[1]) };
}

const reducePart = task(import.meta, function reduce(job: FoldJob, lo: number, hi: number): NodeList {
  const loop = foldLoop(job, "nothing");
  const nodes = new Nodes(lo, job.combine);
  const given: Future<NodeList>[] = [];
  inPieces(
    lo,
    hi,
    (first, end) => {
      for (let block = first; block < end; block++) {
        const [from, to] = blockBounds(job, block);
        nodes.add(0, loop(from, to, job.source, identityOf(job), null, ...job.args));
      }
    },
    (first, end) => given.push(reducePart.spawn(forBlocks(job, first, end), first, end)),
  );
  for (const upper of given.reverse()) nodes.addAll(upper.join());
  return nodes.list();
});

/** The nodes for some blocks, computed by all workers. */
export const reduceSlice = task(import.meta, function reduce(job: FoldJob, lo: number, hi: number): NodeList {
  return asOne(() => reducePart(job, lo, hi));
});

/** The value of the whole tree. */
export const reduceNodes = task(import.meta, function reduce(job: FoldJob, lists: NodeList[]): unknown {
  return treeValue(job, lists);
});

function treeValue(job: FoldJob, lists: NodeList[]): unknown {
  const nodes = new Nodes(0, job.combine);
  for (const list of lists) nodes.addAll(list);
  return nodes.value();
}

export const reduceAll = task(import.meta, function reduce(job: FoldJob): unknown {
  if (job.length === 0) return identityOf(job);
  return asOne(() => treeValue(job, [reducePart(job, 0, blockCount(job.length))]));
});

belongToLoops(reduceAll, reduceNodes, reducePart, reduceSlice);

/**
 * Combines the elements of an array or typed array, or what `map` makes of them, into one value, on all workers.
 *
 * ```ts
 * const total = await reduce(prices, { identity: 0, combine: (a, b) => a + b });
 * const pi = await reduce(n, { identity: 0, combine: (a, b) => a + b, map: (i, n) => 4 / (1 + ((i + 0.5) / n) ** 2) / n }, n);
 * ```
 *
 * The source may also be a range of indices, `n` or `{ from, to, step }`, for which `map` gives the values. Further arguments go to
 * `map`. The order of the elements is kept, so `combine` need not be commutative.
 *
 * The result is the same, bit for bit, for any number of workers: the shape in which values are combined depends on the number
 * of elements alone. Blocks of ceil(n / 1024) elements are folded from left to right, beginning with the identity; their values are
 * combined as the nodes of a binary tree over the blocks.
 *
 * Of a shared array each place reduces the blocks that begin there, and fetches what it lacks of the last one of each run. The result has the same bits as for an ordinary
 * array of these elements, for any number of places. Call it from one task; where every place runs the same program, `world.once(() => reduce(...))`.
 *
 * If a function throws, the future fails with that error. Never blocks: `await` it, or `join` it in a plain task.
 *
 * @throws UsageError `HEDDLE_USAGE` for a bad source or a function of the wrong kind.
 * @throws LambdaError `HEDDLE_LAMBDA` for a lambda that uses variables from outside.
 */
export function reduce<T, V, A extends unknown[]>(
  source: Spread<T>,
  how: Folding<T, V, A> & MapWhereNeeded<T, V>,
  ...args: A
): Future<V>;
export function reduce<T, V, A extends unknown[]>(
  source: Elements<T>,
  how: Folding<T, V, A> & MapWhereNeeded<T, V>,
  ...args: A
): Future<V>;
export function reduce<V, A extends unknown[]>(
  range: number | RangeOptions,
  how: Folding<number, V, A> & MapWhereNeeded<number, V>,
  ...args: A
): Future<V>;
export function reduce(from: unknown, how: unknown, ...args: unknown[]): Future<unknown> {
  if (isSpread(from)) {
    const job = foldJob(NO_ELEMENTS, from.length, how, args, "reduce", reduce);
    return inCall(reduce, job.map ?? job.combine, () => loopsOf(from).reduce(job));
  }
  const { source, length } = sourceOf(from, "reduce", true);
  const job = foldJob(source, length, how, args, "reduce", reduce);
  return inCall(reduce, job.map ?? job.combine, () => {
    if (source.whole || !outsideWorkers() || length < 2) return reduceAll.spawn(job);
    const parts = slices(blockCount(length)).map(([lo, hi]) => reduceSlice.spawn(forBlocks(job, lo, hi), lo, hi));
    const rest: FoldJob = { ...job, source: NO_ELEMENTS };
    return gather("reduce", parts, (lists) => reduceNodes.spawn(rest, lists));
  });
}
