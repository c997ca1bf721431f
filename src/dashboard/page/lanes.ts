/** Where lanes lie below each other: by place, in smaller ones where there are many. */
import type { Lane } from "../messages.ts";

export const TOP = 20;
const HEAD = 17;

export interface Sizes {
  /** The upper part, with tasks by name; the lower one, with states; room below. */
  readonly named: number;
  readonly states: number;
  readonly gap: number;
}

export interface Rows extends Sizes {
  /** The upper edge of each lane. */
  readonly tops: readonly number[];
  /** Lanes from top to bottom. */
  readonly order: readonly number[];
  /** What groups of lanes are called, above the first of each; none where there is one group. */
  readonly heads: readonly { readonly text: string; readonly y: number }[];
  readonly height: number;
}

/** The numbers of lanes from the first place to the last; those of a place as they came. */
export const byPlace = (lanes: readonly Lane[]): number[] =>
  lanes.map((_, i) => i).sort((a, b) => lanes[a]!.place - lanes[b]!.place || a - b);

function sizes(lanes: number, traced: boolean): Sizes {
  if (!traced) return { named: 0, states: lanes > 32 ? 8 : lanes > 16 ? 14 : 22, gap: lanes > 16 ? 3 : 7 };
  if (lanes > 32) return { named: 6, states: 4, gap: 2 };
  return lanes > 16 ? { named: 10, states: 5, gap: 4 } : { named: 18, states: 8, gap: 7 };
}

export function rowsOf(lanes: readonly Lane[], traced: boolean): Rows {
  const its = sizes(lanes.length, traced);
  const several = new Set(lanes.filter((it) => it.group !== "").map((it) => it.group)).size > 1;
  const order = byPlace(lanes);
  const tops: number[] = [];
  const heads: { text: string; y: number }[] = [];
  let y = TOP;
  let last = "";
  for (const i of order) {
    const { group, lost } = lanes[i]!;
    if (several && group !== "" && group !== last) {
      heads.push({ text: lost === true ? `${group}, lost` : group, y: y + HEAD / 2 });
      y += HEAD;
    }
    last = group;
    tops[i] = y;
    y += its.named + its.states + its.gap;
  }
  return { ...its, tops, order, heads, height: y + 2 };
}
