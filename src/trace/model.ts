/** A graph as the simulator runs it: each task a list of steps, each step after so much work. */
import { placeOfThread } from "./buffer.ts";
import type { After, Graph, Node } from "./graph.ts";

export const Op = { SPAWN: 0, WAIT: 1, DELAY: 2, SIGNAL: 3, END: 4, MARK: 5 } as const;

export interface Step {
  readonly op: number;
  /** Work (ns) before it. */
  readonly work: number;
  /** The task to spawn, the node to wait for or to signal; of a delay, how long (ns); of a mark, 2 * its span, and 1 more where that ends. */
  readonly arg: number;
}

/** Tasks and nodes have one numbering. */
export interface Model {
  readonly steps: Step[][];
  /** What has to happen before a task can begin or a node is complete. */
  readonly pending: Int32Array;
  /** Whom the completion of each node brings nearer to theirs. */
  readonly followers: number[][];
  readonly isTask: boolean[];
  /** Whether it leaves its worker free while it waits: the bodies of generator and async tasks, and the main strand. */
  readonly suspends: boolean[];
  /** Tasks of one group are pieces of one loop, of which a thief takes half; 0: none. */
  readonly group: Int32Array;
  readonly names: (string | null)[];
  /** The main strand of each place. */
  readonly mains: readonly number[];
  /** What the main strand of place 0 has called spans. */
  readonly spans: readonly string[];
  readonly places: number;
  /** Where each task has to run; ANYWHERE: where somebody has nothing to do. */
  readonly placeOf: Int32Array;
  /** Whether it gets there, and its result back, by a message. */
  readonly isSent: readonly boolean[];
  /** How long (ns) those messages took; 0: not known. */
  readonly way: Float64Array;
  readonly wayBack: Float64Array;
  /** Of nodes that are no tasks: from all that they come after to their completion (ns). */
  readonly delays: Float64Array;
}

/** A span of the main strand, as it was measured. */
export interface MainSpan {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

export const ANYWHERE = -1;

interface Timed {
  readonly at: number;
  readonly order: number;
  readonly op: number;
  readonly arg: number;
}

export function modelOf(graph: Graph, spans: readonly MainSpan[] = []): Model {
  const { nodes, mains } = graph;
  const count = nodes.length;
  const steps: Step[][] = nodes.map(() => []);
  const isTask = nodes.map((node) => node.isTask);
  const suspends = nodes.map((node) => node.isMain || node.def?.suspends === true);
  const group: number[] = nodes.map(() => 0);
  const names: (string | null)[] = nodes.map((node) => node.def?.name ?? null);
  const followers: number[][] = nodes.map(() => []);
  const pending: number[] = nodes.map((node) => (node.isTask ? 1 : 0));
  const places: number[] = nodes.map((node) => (node.isFree ? ANYWHERE : Math.max(0, placeOfThread(Math.max(0, node.thread)))));
  const more = (place: number, name: string | null, task: boolean): number => {
    steps.push([]);
    places.push(place);
    isTask.push(task);
    suspends.push(false);
    group.push(0);
    names.push(name);
    followers.push([]);
    return pending.push(task ? 1 : 0) - 1;
  };
  const timed = nodes.map((): Timed[][] => []);
  const put = (node: number, seg: number, it: Timed): void => {
    const list = timed[node]!;
    while (list.length <= seg) list.push([]);
    list[seg]!.push(it);
  };
  for (const node of nodes) {
    if (node.parent !== 0 && node.isTask) put(node.parent, node.seg, { at: node.work, order: 0, op: Op.SPAWN, arg: node.id });
    if (node.scope !== 0 && node.isTask) {
      pending[node.scope]!++;
      followers[node.id]!.push(node.scope);
    }
    for (const { def, seg, at, joined, work } of node.folded) {
      const batch = more(places[node.id]!, def?.name ?? "small tasks", true);
      if (def === node.def) group[batch] = node.id;
      steps[batch] = [{ op: Op.END, work, arg: 0 }];
      put(node.id, seg, { at, order: 0, op: Op.SPAWN, arg: batch });
      if (joined >= 0) put(node.id, seg, { at: joined, order: 1, op: Op.WAIT, arg: batch });
      else if (node.scope !== 0) {
        pending[node.scope]!++;
        followers[batch]!.push(node.scope);
      }
    }
  }
  const follow = (target: number, source: After): void => {
    if (source.kind === "node") {
      pending[target]!++;
      followers[source.node]!.push(target);
    } else if (source.kind === "here") {
      pending[target]!++;
      put(source.node, source.seg, { at: source.path, order: 2, op: Op.SIGNAL, arg: target });
    }
  };
  for (const node of nodes) for (const after of node.after) follow(node.id, after);
  const main = mains.find((it) => placeOfThread(it.thread) === 0);
  if (main !== undefined) {
    for (const [i, { begin, end }] of spans.entries()) {
      for (const [which, time] of [begin, end].entries()) {
        const { seg, at } = momentOf(main, time);
        put(main.id, seg, { at, order: which === 0 ? -1 : 3, op: Op.MARK, arg: 2 * i + which });
      }
    }
  }
  for (const node of nodes) {
    if (!node.isTask) continue;
    const list = steps[node.id]!;
    const unjoined: number[] = [];
    for (const [seg, { work, after }] of node.segments.entries()) {
      let done = 0;
      const ops = (timed[node.id]![seg] ?? []).sort((a, b) => a.at - b.at || a.order - b.order);
      for (const { at, op, arg } of ops) {
        const here = Math.min(Math.max(at, done), work);
        list.push({ op, work: here - done, arg });
        done = here;
      }
      for (const it of node.folded) if (it.seg === seg && it.joined < 0) unjoined.push(it.work);
      const rest = work - done;
      if (after?.kind === "node") list.push({ op: Op.WAIT, work: rest, arg: after.node });
      else if (after?.kind === "external") list.push({ op: Op.DELAY, work: rest, arg: after.ns });
      else if (after?.kind === "here") {
        const point = more(places[node.id]!, null, false);
        follow(point, after);
        list.push({ op: Op.WAIT, work: rest, arg: point });
      } else if (seg === node.segments.length - 1) list.push({ op: Op.END, work: rest, arg: 0 });
      else list.push({ op: Op.SIGNAL, work: rest, arg: 0 });
    }
    const later = timed[node.id]!.slice(node.segments.length).flat();
    for (const { op, arg } of later) list.push({ op, work: 0, arg });
    if (list.at(-1)?.op !== Op.END) list.push({ op: Op.END, work: 0, arg: 0 });
    else if (later.length > 0)
      list.push(
        ...list.splice(
          list.findIndex((it) => it.op === Op.END),
          1,
        ),
      );
  }
  waitForFolded(graph, timed, steps, count);
  return {
    steps,
    pending: Int32Array.from(pending),
    followers,
    isTask,
    suspends,
    group: Int32Array.from(group),
    names,
    mains: mains.map((it) => it.id),
    spans: spans.map((it) => it.name),
    places: 1 + places.reduce((most, it) => Math.max(most, it), 0),
    placeOf: Int32Array.from(places),
    isSent: nodes.map((it) => it.isSent),
    way: Float64Array.from(nodes, (it) => it.way),
    wayBack: Float64Array.from(nodes, (it) => it.wayBack),
    delays: Float64Array.from(nodes, (it) => (it.isTask ? 0 : it.segments.reduce((sum, { path }) => sum + path, 0))),
  };
}

/** Where in its work the main strand was at a moment: it goes on when a segment begins, and waits afterwards. */
function momentOf({ begin, segments }: Node, time: number): { seg: number; at: number } {
  const seg = segments.findIndex((it) => it.time >= time);
  if (seg < 0) return { seg: Math.max(0, segments.length - 1), at: Number.MAX_SAFE_INTEGER };
  return { seg, at: Math.max(0, time - (seg === 0 ? begin : segments[seg - 1]!.time)) };
}

/** A finish of a task waits for its own folded children too, which are in no scope of the graph. */
function waitForFolded({ nodes }: Graph, timed: readonly Timed[][][], steps: Step[][], _count: number): void {
  for (const node of nodes as readonly Node[]) {
    if (node.folded.every((it) => it.joined >= 0)) continue;
    const spawned = timed[node.id]!.flat().filter((it) => it.op === Op.SPAWN);
    const list = steps[node.id]!;
    const joined = new Set(list.filter((it) => it.op === Op.WAIT).map((it) => it.arg));
    const left = spawned.map((it) => it.arg).filter((it) => it >= nodes.length && !joined.has(it));
    const end = list.pop()!;
    list.push({ ...end, op: Op.SIGNAL }, ...left.map((arg) => ({ op: Op.WAIT, work: 0, arg })), { op: Op.END, work: 0, arg: 0 });
  }
}
