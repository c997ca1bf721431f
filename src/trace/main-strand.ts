/**
 * Where a program begins: with the first thing that a main strand does for others or after others. What it does before that, importing and reading input, is
 * no part of what the tasks do. The same moment begins work, span and the measured time, so that these can be compared.
 */
import type { Graph, Node } from "./graph.ts";

/** A point of a main strand: so far behind the beginning of a segment. */
export interface Act {
  readonly seg: number;
  readonly path: number;
  readonly work: number;
  /** When that was (ns). */
  readonly time: number;
}

/** The first act of each main strand, by its node; none of one that does nothing with others. */
export function actsOf({ nodes, mains }: Graph): Map<number, Act> {
  const acts = new Map<number, Act>();
  const strands = new Map(mains.map((it) => [it.id, it]));
  const note = (main: Node, act: Act): void => {
    const first = acts.get(main.id);
    if (first === undefined || act.seg < first.seg || (act.seg === first.seg && act.work < first.work)) acts.set(main.id, act);
  };
  for (const main of mains) {
    for (const { seg, at, begin } of main.folded) note(main, { seg, path: at, work: at, time: begin });
    // What it has awaited may have no cause that the trace knows of.
    const seg = main.segments.findIndex(({ after }) => after?.kind === "node" || after?.kind === "here");
    if (seg >= 0) note(main, { seg: seg + 1, path: 0, work: 0, time: main.segments[seg]!.time });
  }
  for (const it of nodes) {
    const main = strands.get(it.parent);
    if (main !== undefined) note(main, { seg: it.seg, path: it.path, work: it.work, time: it.spawned });
    for (const after of it.after) {
      if (after.kind !== "here" || after.time === undefined) continue;
      const other = strands.get(after.node);
      if (other !== undefined) note(other, { seg: after.seg, path: after.path, work: after.path, time: after.time });
    }
  }
  return acts;
}

/** When the program begins, as far as main strands tell (ns): with their first acts, else with themselves. */
export function beginningOf(graph: Graph): number {
  const acts = [...actsOf(graph).values()];
  return Math.min(...(acts.length > 0 ? acts.map((it) => it.time) : graph.mains.map((it) => it.begin)));
}

/** The path and work of a main strand before its first act; all of one that has none, where others have. */
export function before(main: Node, acts: ReadonlyMap<number, Act>): { path: number; work: number } {
  const first =
    acts.get(main.id) ?? (acts.size > 0 ? { seg: main.segments.length, path: 0, work: 0 } : { seg: 0, path: 0, work: 0 });
  let { path, work } = first;
  for (const segment of main.segments.slice(0, first.seg)) {
    path += segment.path + (segment.after?.kind === "external" ? segment.after.ns : 0);
    work += segment.work;
  }
  return { path, work };
}
