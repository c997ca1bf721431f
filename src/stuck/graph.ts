/** The reports of all threads as one graph: what several threads know of the same task, future or phaser becomes one node. */
import { load } from "../shared/atomics.ts";
import { Cell, CellState, cellWord, ownerOf } from "../shared/cell.ts";
import type { Layout } from "../shared/layout.ts";
import type { Doing, Kind, Thing, ThreadReport } from "./report.ts";

export interface Node {
  readonly kind: Kind;
  readonly name: string;
  doing: Doing;
  /** The slot of its thread: 0 is the one that started the runtime. */
  slot: number;
  readonly waits: Node[];
  beneath: Node | null;
  by: Node | null;
  readonly site: string | undefined;
  readonly defined: string | undefined;
  readonly at: string | undefined;
  readonly detail: string | undefined;
  readonly cancelled: boolean;
  /** Only handles on it are known. */
  readonly remote: boolean;
  readonly phaser: { readonly phase: number; readonly pending: number } | undefined;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly main: Node | null;
  /** By slot: what lies on the thread's stack, outermost first. */
  readonly stacks: readonly (readonly Node[])[];
}

interface Part {
  readonly slot: number;
  readonly thing: Thing;
}

/** The part that knows most about the whole comes first. */
function rank({ thing }: Part): number {
  if (thing.doing === "ended" || thing.doing === "subtree") return 4;
  if (thing.remote === true) return 3;
  return thing.doing === "out" ? 2 : thing.doing === "pending" ? 1 : 0;
}

/** What all threads call it. */
function keysOf({ kind, doing, cell, id }: Thing): string[] {
  const keys: string[] = [];
  if (id !== undefined) keys.push(`id ${id}`);
  if (cell !== undefined) keys.push(`${kind === "finish" || doing === "subtree" ? "subtree" : "cell"} ${cell}`);
  return keys;
}

export function makeGraph(reports: readonly (ThreadReport | null)[], i32: Int32Array, map: Layout): Graph {
  const groups: Part[][] = [];
  const groupOf = new Map<Thing, Part[]>();
  const byKey = new Map<string, Part[]>();
  for (const report of reports) {
    for (const thing of report?.things ?? []) {
      const parts: Part[] = [{ slot: report!.slot, thing }];
      for (const key of keysOf(thing)) {
        const known = byKey.get(key);
        if (known !== undefined && known !== parts) parts.push(...known.splice(0));
        byKey.set(key, parts);
      }
      for (const part of parts) {
        groupOf.set(part.thing, parts);
        for (const key of keysOf(part.thing)) byKey.set(key, parts);
      }
      groups.push(parts);
    }
  }
  const nodes = new Map<Part[], Node>();
  for (const parts of groups) if (parts.length > 0) nodes.set(parts, makeNode(parts));
  const nodeOf = (slot: number, number: number | undefined): Node | null => {
    const thing = number === undefined ? undefined : reports[slot]?.things[number];
    return thing === undefined ? null : (nodes.get(groupOf.get(thing)!) ?? null);
  };
  for (const [parts, node] of nodes) link(parts, node, nodeOf, i32, map);
  const main = reports[0]?.things[0];
  return {
    nodes: [...nodes.values()],
    main: main?.kind === "main" ? nodeOf(0, 0) : null,
    stacks: reports.map((report, slot) => (report?.stack ?? []).map((it) => nodeOf(slot, it)).filter((it) => it !== null)),
  };
}

function makeNode(parts: Part[]): Node {
  parts.sort((a, b) => rank(a) - rank(b));
  const { slot, thing } = parts[0]!;
  const known = <K extends "site" | "defined" | "at" | "detail">(key: K): string | undefined =>
    parts.map((it) => it.thing[key]).find((it) => it !== undefined);
  return {
    kind: thing.kind,
    name: thing.name,
    doing: thing.doing,
    slot,
    waits: [],
    beneath: null,
    by: null,
    site: known("site"),
    defined: known("defined"),
    at: known("at"),
    detail: known("detail"),
    cancelled: parts.some((it) => it.thing.cancelled === true),
    remote: thing.remote === true,
    phaser: thing.phaser,
  };
}

function link(
  parts: readonly Part[],
  node: Node,
  nodeOf: (slot: number, number: number | undefined) => Node | null,
  i32: Int32Array,
  map: Layout,
): void {
  const { slot, thing } = parts[0]!;
  const add = (on: Node | null): void => {
    if (on !== null && on !== node && on.doing !== "ended" && !node.waits.includes(on)) node.waits.push(on);
  };
  for (const number of thing.waits) add(nodeOf(slot, number));
  node.beneath = nodeOf(slot, thing.beneath);
  for (const part of parts) {
    node.by ??= nodeOf(part.slot, part.thing.by);
    for (const number of part.thing.phaser?.late ?? []) add(nodeOf(part.slot, number));
  }
  if (thing.doing === "out" && thing.cell !== undefined) locate(node, thing.cell, i32, map);
}

/** No thread has told of a task that another one should have: its cell says where it is. */
function locate(node: Node, cell: number, i32: Int32Array, map: Layout): void {
  const state = load(i32, cellWord(cell) + Cell.STATE);
  if (state === CellState.READY) {
    node.doing = "queued";
    node.slot = ownerOf(map, cell);
  } else if (state === CellState.RUNNING) {
    node.doing = "running";
    node.slot = load(i32, cellWord(cell) + Cell.THIEF);
  }
}

/** What must all come to pass before a node can go on. */
export function needs(node: Node): readonly Node[] {
  const waits = node.kind === "whenAny" && node.waits.length > 1 ? [] : node.waits;
  return node.beneath === null ? waits : [...waits, node.beneath];
}

/** Nodes that wait for each other, the first for the second and so on, and the last for the first. One cycle for each knot of them. */
export function findCycles(nodes: readonly Node[]): Node[][] {
  const cycles: Node[][] = [];
  const done = new Set<Node>();
  const inCycle = new Set<Node>();
  for (const root of nodes) {
    if (done.has(root)) continue;
    const path: { node: Node; next: number }[] = [{ node: root, next: 0 }];
    const onPath = new Set([root]);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const next = needs(top.node)[top.next++];
      if (next === undefined) {
        onPath.delete(top.node);
        done.add(top.node);
        path.pop();
      } else if (onPath.has(next)) {
        const cycle = path.slice(path.findIndex((it) => it.node === next)).map((it) => it.node);
        if (!cycle.some((it) => inCycle.has(it))) cycles.push(cycle);
        for (const it of cycle) inCycle.add(it);
      } else if (!done.has(next)) {
        path.push({ node: next, next: 0 });
        onPath.add(next);
      }
    }
  }
  return cycles;
}
