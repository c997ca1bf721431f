/** `map` over a shared array: each place maps what lies there. */
import type { Shipped } from "../../pattern/body.ts";
import { gather } from "../../pattern/derive.ts";
import { map } from "../../pattern/map.ts";
import type { Elements } from "../../pattern/source.ts";
import type { Future } from "../../sched/core.ts";
import { belongToLoops } from "../../sched/loop-tasks.ts";
import type { HeapArray } from "../../shared/array-kinds.ts";
import { task } from "../../task/task.ts";
import { placeHere } from "../here.ts";
import type { SharedArray } from "../memory/shared-array.ts";
import { fetchSpans, type Span, spansAt } from "./move.ts";
import { withArray } from "./scratch.ts";

type Any = Elements<unknown>;

export function mapSpread(array: SharedArray, body: Shipped, args: readonly unknown[]): Future<unknown[]> {
  const parts = everywhere(array, (place) => mapPart.at(place).spawn(array, body, args));
  return gather("map", parts, (lists) => {
    const all = new Array<unknown>(array.length);
    for (const [place, list] of lists.entries()) {
      let local = 0;
      for (const [lo, hi] of spansAt(array, place)) for (let i = lo; i < hi; i++) all[i] = list[local++];
    }
    return all;
  });
}

const mapPart = task(import.meta, async function map_(array: SharedArray, body: Shipped, args: readonly unknown[]): Promise<
  unknown[]
> {
  return array.lengthAt(placeHere().place) === 0 ? [] : map(array.local as unknown as Any, body, ...args);
});

export function mapInto(target: SharedArray, source: SharedArray, body: Shipped, args: readonly unknown[]): Future<void> {
  const parts = everywhere(target, (place) => mapIntoPart.at(place).spawn(target, source, body, args));
  return gather("map.into", parts, () => {});
}

const mapIntoPart = task(
  import.meta,
  async function mapInto(target: SharedArray, source: SharedArray, body: Shipped, args: readonly unknown[]): Promise<void> {
    const to = target.local;
    const apply = async (from: HeapArray): Promise<void> => {
      await map.into(to, from as unknown as Any, body as () => never, ...(args as []));
    };
    if (target.block === source.block) return apply(source.local);
    const spans = spansAt(target, placeHere().place)
      .filter(([lo]) => lo < source.length)
      .map(([lo, hi]): Span => [lo, Math.min(hi, source.length)]);
    const total = spans.reduce((sum, [lo, hi]) => sum + hi - lo, 0);
    await withArray(source, total, async (fetched) => {
      await fetchSpans(source, spans, fetched);
      await apply(fetched);
    });
  },
);

/** One task at each place at which elements lie. Its list is by place. */
export function everywhere<T>(array: SharedArray, spawn: (place: number) => Future<T>): Future<T>[] {
  return Array.from({ length: array.domain.places }, (_, place) => spawn(place));
}

belongToLoops(mapPart, mapIntoPart);
