/** Work and span of a graph: the longest path through segments and what they come after (Cormen et al.; Cilkview's burdened path). */
import { placeOfThread } from "./buffer.ts";
import { type After, type Definition, type Graph, MESSAGE, type Node } from "./graph.ts";
import { actsOf, before } from "./main-strand.ts";

export interface PathPiece {
  /** Null: something outside of heddle was waited for. */
  readonly def: Definition | null;
  readonly ns: number;
  /** How many times the path goes through this definition. */
  readonly count: number;
}

export interface Span {
  readonly work: number;
  /** The part of it that main strands did themselves, each in a thread of its own. */
  readonly mainWork: number;
  readonly span: number;
  /** With the burden added at each spawn that the path goes through. */
  readonly burdened: number;
  /** The critical path by definition, longest first. */
  readonly path: PathPiece[];
  /** Part of the span in which something outside of heddle was waited for. */
  readonly externalOnPath: number;
  /** The critical path in order: stretches of one task. */
  readonly stretches: { readonly node: Node; readonly ns: number; readonly external: boolean }[];
  /** Segments that come after themselves, which only lost events can explain. */
  readonly unresolved: number;
}

/** Edges between vertices: segments' beginnings, and nodes' ends. */
interface Edges {
  readonly from: number[];
  readonly to: number[];
  readonly weight: number[];
  readonly spawn: boolean[];
  /** Whose time the weight is: a node, OUTSIDE, or ON_ITS_WAY. */
  readonly whose: number[];
  /** How many vertices there are. */
  count: number;
}

const OUTSIDE = -1;
const ON_ITS_WAY = -2;

export function spanOf(graph: Graph, burden = 0): Span {
  const { nodes, mains } = graph;
  const first = new Int32Array(nodes.length + 1);
  for (const [i, node] of nodes.entries()) first[i + 1] = first[i]! + node.segments.length + 1;
  const sink = first[nodes.length]!;
  const endOf = (node: number): number => first[node + 1]! - 1;
  const beginOf = (node: number, seg: number): number => Math.min(first[node]! + seg, endOf(node));
  const edges = edgesOf(graph, beginOf, endOf, sink);
  // What main strands do before the program begins is no part of it: their paths begin so long before 0.
  const acts = actsOf(graph);
  const starts = new Map(mains.map((main) => [beginOf(main.id, 0), -before(main, acts).path]));
  const plain = longest(edges, 0, starts);
  const burdened = burden > 0 ? longest(edges, burden, starts) : plain;
  let work = 0;
  for (const node of nodes) {
    for (const it of node.segments) work += it.work;
    for (const it of node.folded) work += it.work;
  }
  let mainWork = 0;
  for (const main of mains) {
    const early = before(main, acts).work;
    work -= early;
    mainWork += Math.max(0, main.segments.reduce((sum, it) => sum + it.work, 0) - early);
  }
  return {
    work: Math.max(0, work),
    mainWork,
    span: Math.max(0, plain.value[sink]!),
    burdened: Math.max(0, burdened.value[sink]!),
    ...walkBack(graph, plain, edges, sink),
    unresolved: plain.unresolved,
  };
}

function edgesOf(
  { nodes }: Graph,
  beginOf: (node: number, seg: number) => number,
  endOf: (node: number) => number,
  sink: number,
): Edges {
  const edges: Edges = { from: [], to: [], weight: [], spawn: [], whose: [], count: sink + 1 };
  const add = (from: number, to: number, weight: number, whose: number, spawn = false): void => {
    if (from === to) return;
    edges.from.push(from);
    edges.to.push(to);
    edges.weight.push(weight);
    edges.whose.push(whose);
    edges.spawn.push(spawn);
  };
  const addAfter = (after: After, to: number, self: number, seg: number): void => {
    if (after.kind === "node") {
      const { wayBack, thread } = nodes[after.node]!;
      if (wayBack > 0 && isElsewhere(thread, nodes[self]!.thread)) add(endOf(after.node), to, wayBack, ON_ITS_WAY);
      else add(endOf(after.node), to, 0, after.node);
      // A finish waits for all that was folded into the task until then as well.
      if (after.scope) for (let s = 0; s <= seg; s++) add(beginOf(self, s), to, nodes[self]!.segments[s]!.detached, self);
    } else if (after.kind === "here") add(beginOf(after.node, after.seg), to, after.path, after.node);
    else if (after.kind === "floor") add(beginOf(self, after.seg), to, after.path, self);
  };
  for (const node of nodes) {
    if (node.parent !== 0) {
      const begins = beginOf(node.id, 0);
      const leaves = node.way > 0 ? edges.count++ : begins;
      add(beginOf(node.parent, node.seg), leaves, node.path, node.parent, true);
      add(leaves, begins, node.way, ON_ITS_WAY);
    }
    for (const after of node.after) addAfter(after, beginOf(node.id, 0), node.id, -1);
    for (const [seg, { path, after }] of node.segments.entries()) {
      const to = beginOf(node.id, seg + 1);
      if (after?.kind === "external") add(beginOf(node.id, seg), to, path + after.ns, OUTSIDE);
      else add(beginOf(node.id, seg), to, path, node.id);
      if (after !== null && after.kind !== "external") addAfter(after, to, node.id, seg);
    }
    for (const end of node.scope === 0 ? [sink] : [sink, endOf(node.scope)]) {
      if (end !== sink && node.wayBack > 0) add(endOf(node.id), end, node.wayBack, ON_ITS_WAY);
      else add(endOf(node.id), end, 0, node.id);
      for (const [seg, { detached }] of node.segments.entries())
        if (detached > 0) add(beginOf(node.id, seg), end, detached, node.id);
    }
  }
  return edges;
}

const isElsewhere = (thread: number, other: number): boolean =>
  thread >= 0 && other >= 0 && placeOfThread(thread) !== placeOfThread(other);

interface Longest {
  readonly value: Float64Array;
  /** The edge by which each vertex is reached last. */
  readonly by: Int32Array;
  readonly unresolved: number;
}

/** Longest paths in topological order. */
function longest({ from, to, weight, spawn, count }: Edges, burden: number, starts: ReadonlyMap<number, number>): Longest {
  const value = new Float64Array(count);
  for (const [vertex, at] of starts) value[vertex] = at;
  const by = new Int32Array(count).fill(-1);
  const waiting = new Int32Array(count);
  const start = new Int32Array(count + 1);
  for (let e = 0; e < from.length; e++) {
    waiting[to[e]!]!++;
    start[from[e]! + 1]!++;
  }
  for (let v = 0; v < count; v++) start[v + 1]! += start[v]!;
  const list = new Int32Array(from.length);
  const fill = start.slice();
  for (let e = 0; e < from.length; e++) list[fill[from[e]!]!++] = e;
  const ready: number[] = [];
  for (let v = 0; v < count; v++) if (waiting[v] === 0) ready.push(v);
  let done = 0;
  while (ready.length > 0) {
    const v = ready.pop()!;
    done++;
    for (let i = start[v]!; i < start[v + 1]!; i++) {
      const e = list[i]!;
      const there = to[e]!;
      const reached = value[v]! + weight[e]! + (spawn[e] ? burden : 0);
      if (by[there] === -1 || reached > value[there]!) {
        value[there] = reached;
        by[there] = e;
      }
      if (--waiting[there]! === 0) ready.push(there);
    }
  }
  return { value, by, unresolved: count - done };
}

function walkBack(
  { nodes }: Graph,
  { value, by }: Longest,
  edges: Edges,
  last: number,
): Pick<Span, "path" | "externalOnPath" | "stretches"> {
  const stretches: { node: Node; ns: number; external: boolean }[] = [];
  const message: Node = { ...nodes[0]!, def: MESSAGE };
  for (let v = last, left = edges.from.length + 1; v >= 0 && by[v]! >= 0 && left > 0; left--) {
    const e = by[v]!;
    const whose = edges.whose[e]!;
    const from = edges.from[e]!;
    const weight = Math.min(edges.weight[e]!, Math.max(0, value[from]! + edges.weight[e]!));
    const before = stretches.at(-1);
    const external = whose === OUTSIDE;
    const node = whose === ON_ITS_WAY ? message : nodes[external ? 0 : whose]!;
    if (weight > 0) {
      if (before !== undefined && before.node === node && before.external === external) before.ns += weight;
      else stretches.push({ node, ns: weight, external });
    }
    if (value[from]! < 0) break;
    v = from;
  }
  stretches.reverse();
  const pieces = new Map<Definition | null, { ns: number; count: number }>();
  let externalOnPath = 0;
  for (const { node, ns, external } of stretches) {
    if (external) externalOnPath += ns;
    const def = external ? null : node.def;
    const piece = pieces.get(def) ?? { ns: 0, count: 0 };
    piece.ns += ns;
    piece.count++;
    pieces.set(def, piece);
  }
  const path = [...pieces].map(([def, { ns, count }]) => ({ def, ns, count })).sort((a, b) => b.ns - a.ns);
  return { path, externalOnPath, stretches };
}
