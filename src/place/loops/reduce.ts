/** `reduce` over a shared array, with the same shape, and so the same bits, as over an array of one place. */
import { gather } from "../../pattern/derive.ts";
import { blockBounds, type FoldJob } from "../../pattern/folding.ts";
import { reduceAll, reduceNodes, reduceSlice } from "../../pattern/reduce.ts";
import { type Elements, NO_ELEMENTS } from "../../pattern/source.ts";
import { blockCount, blockSize, type NodeList } from "../../pattern/tree.ts";
import type { Future } from "../../sched/core.ts";
import { belongToLoops } from "../../sched/loop-tasks.ts";
import type { HeapArray } from "../../shared/array-kinds.ts";
import { task } from "../../task/task.ts";
import { placeHere } from "../here.ts";
import type { SharedArray } from "../memory/shared-array.ts";
import { fetchSpans, type Span, spansAt } from "./move.ts";
import { withArray } from "./scratch.ts";

/** Blocks of the reduction, and where their elements are: element k at `base + k`. */
interface Blocks {
  readonly lo: number;
  readonly hi: number;
  readonly base: number;
}

export function reduceSpread(array: SharedArray, job: FoldJob): Future<unknown> {
  if (array.length === 0) return reduceAll.spawn({ ...job, source: NO_ELEMENTS });
  const parts = Array.from({ length: array.domain.places }, (_, place) => reducePart.at(place).spawn(array, job));
  return gather("reduce", parts, (lists) => {
    const all = lists.flat().sort((a, b) => a.first - b.first);
    return reduceNodes.spawn(job, all);
  });
}

/** A block of the reduction is folded where its first element lies; blocks that span several blocks of the array are dealt out evenly. */
const reducePart = task(import.meta, async function reduce(array: SharedArray, job: FoldJob): Promise<NodeList[]> {
  const { place, places } = placeHere();
  const size = blockSize(job.length);
  const count = blockCount(job.length);
  const here: Blocks[] = [];
  const missing: Blocks[] = [];
  if (array.block < size) {
    missing.push({ lo: Math.floor((place * count) / places), hi: Math.floor(((place + 1) * count) / places), base: 0 });
  } else {
    for (const [lo, hi] of spansAt(array, place)) {
      const first = Math.ceil(lo / size);
      const end = Math.ceil(hi / size);
      const whole = hi === job.length ? end : Math.max(first, Math.floor(hi / size));
      here.push({ lo: first, hi: whole, base: lo - array.localIndex(lo) });
      missing.push({ lo: whole, hi: end, base: 0 });
    }
  }
  const lists = here.flatMap((it) => fold(job, array.local, it));
  const cut = missing.filter(({ lo, hi }) => lo < hi);
  const spans = cut.map(({ lo, hi }): Span => [blockBounds(job, lo)[0], blockBounds(job, hi - 1)[1]]);
  const total = spans.reduce((sum, [lo, hi]) => sum + hi - lo, 0);
  await withArray(array, total, async (fetched) => {
    await fetchSpans(array, spans, fetched);
    let at = 0;
    for (const [i, { lo, hi }] of cut.entries()) {
      const [from, to] = spans[i]!;
      lists.push(...fold(job, fetched, { lo, hi, base: from - at }));
      at += to - from;
    }
    for (const list of lists) await list;
  });
  return Promise.all(lists);
});

function fold(job: FoldJob, elements: HeapArray, { lo, hi, base }: Blocks): Future<NodeList>[] {
  if (lo >= hi) return [];
  const source = { data: elements as unknown as Elements<unknown>, base, whole: true, range: null };
  return [reduceSlice.spawn({ ...job, source }, lo, hi)];
}

belongToLoops(reducePart);
