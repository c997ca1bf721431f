/** What the loops of ../../pattern do with a shared array. */
import { gather } from "../../pattern/derive.ts";
import type { Loops } from "../../pattern/spread.ts";
import type { Future } from "../../sched/core.ts";
import { belongToLoops } from "../../sched/loop-tasks.ts";
import type { HeapArray } from "../../shared/array-kinds.ts";
import { task } from "../../task/task.ts";
import type { ElementOf } from "../memory/kinds.ts";
import type { SharedArray } from "../memory/shared-array.ts";
import { everywhere, mapInto, mapSpread } from "./map.ts";
import { reduceSpread } from "./reduce.ts";
import { sortSpread } from "./sort.ts";

export const spreadOver = (array: SharedArray): Loops => ({
  reduce: (job) => reduceSpread(array, job),
  map: (body, args) => mapSpread(array, body, args),
  mapFrom: (source, body, args) => mapInto(array, source as SharedArray, body, args),
  sort: (by, compare) => sortSpread.spawn(array, by, compare),
});

const fillPart = task(import.meta, function fill(array: SharedArray, value: number | bigint): void {
  (array.local as Float64Array).fill(value as number);
});

export function fillParts<A extends HeapArray>(array: SharedArray<A>, value: ElementOf<A>): Future<void> {
  const parts = everywhere(array as unknown as SharedArray, (place) =>
    fillPart.at(place).spawn(array as unknown as SharedArray, value),
  );
  return gather("fill", parts, () => {});
}

belongToLoops(fillPart);
