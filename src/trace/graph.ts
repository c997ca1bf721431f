/**
 * The true graph of a run: tasks in segments, and what each segment comes after, whatever the schedule was. Made from events; what it means
 * is in README.md, "The graph".
 */
import { Dep, Status, type TraceEvent } from "./events.ts";

export interface Definition {
  readonly name: string;
  readonly url: string;
  readonly line: number;
  /** Generator and async tasks. */
  readonly suspends?: true;
}

/** What a segment or a node comes after. */
export type After =
  /** The end of a node; `scope`: and of all that was folded into the task that waits. */
  | { readonly kind: "node"; readonly node: number; readonly scope: boolean }
  /** A moment in a task. */
  | { readonly kind: "here"; readonly node: number; readonly seg: number; readonly path: number }
  /** A moment in an earlier segment of the same task. */
  | { readonly kind: "floor"; readonly seg: number; readonly path: number }
  /** So long (ns) something outside of heddle was waited for. */
  | { readonly kind: "external"; readonly ns: number };

export interface Segment {
  /** Of its longest path and of all its work (ns), with what was folded into it. */
  path: number;
  work: number;
  /** Path to the end of all that was folded into it. */
  detached: number;
  /** When it ended, and what the next one comes after. */
  time: number;
  after: After | null;
}

/** Children that were folded into one. */
export interface Folded {
  readonly def: Definition | null;
  readonly seg: number;
  readonly at: number;
  /** Where in the parent's work it is first joined; -1 nowhere. */
  readonly joined: number;
  readonly work: number;
  readonly path: number;
  readonly count: number;
  readonly begin: number;
  readonly end: number;
  readonly thread: number;
}

/** A task, a scope, a promise, or a phase of a phaser. */
export interface Node {
  readonly id: number;
  def: Definition | null;
  /** Where it was spawned: node 0 is none. */
  parent: number;
  seg: number;
  path: number;
  work: number;
  spawned: number;
  scope: number;
  /** Where and when it ran. */
  thread: number;
  begin: number;
  end: number;
  status: number;
  /** So many tasks were folded into it. */
  count: number;
  segments: Segment[];
  folded: Folded[];
  /** What a node comes after that no segment tells of. */
  after: After[];
  isTask: boolean;
  isMain: boolean;
}

export interface Graph {
  /** nodes[0] stands for none. */
  readonly nodes: Node[];
  readonly main: Node | null;
}

const MAIN = 1;
const THREADS = 4096;

/** Numbers things that are known by several names. */
class Names {
  readonly #numbers = new Map<number | string, number>();
  readonly #parents: number[] = [0];

  number(name: number | string): number {
    let it = this.#numbers.get(name);
    if (it === undefined) this.#numbers.set(name, (it = this.#parents.push(this.#parents.length) - 1));
    return it;
  }

  /** The number that stands for it and for all that is the same. */
  find(it: number): number {
    while (this.#parents[it] !== it) {
      this.#parents[it] = this.#parents[this.#parents[it]!]!;
      it = this.#parents[it]!;
    }
    return it;
  }

  same(a: number, b: number): void {
    const [low, high] = [this.find(a), this.find(b)].sort((x, y) => x - y) as [number, number];
    this.#parents[high] = low;
  }

  get count(): number {
    return this.#parents.length;
  }
}

const nodeName = (thread: number, n: number): number => n * THREADS + thread;
const objectName = (id: number): string => `o${id}`;
const phaseName = (phaser: number, phase: number): string => `p${phaser}:${phase}`;

/** heddle's own tasks (`parallelFor` and its like) have a name only: where they are defined tells users nothing. */
const OWN = /\/(?:src|dist)\/(?:pattern|sched|task|place)\/[\w-]+\.[jt]s$/;

/** Several tasks ran in one thread, so their definitions are known by thread and number. */
export class Definitions {
  readonly #known = new Map<number, Definition>();
  readonly #same = new Map<string, Definition>();

  constructor(events: readonly TraceEvent[]) {
    for (const event of events) {
      if (event.kind !== "define") continue;
      const told = JSON.parse(event.text) as Definition;
      const { name, url, line } = OWN.test(told.url) ? { name: told.name, url: "", line: 0 } : told;
      const key = `${url}:${line}:${name}`;
      let def = this.#same.get(key);
      if (def === undefined)
        this.#same.set(key, (def = { name: name || "anonymous", url, line, ...(event.body !== 0 && { suspends: true }) }));
      this.#known.set(nodeName(event.slot, event.def), def);
    }
  }

  get(thread: number, def: number): Definition | null {
    return this.#known.get(nodeName(thread, def)) ?? null;
  }
}

export function buildGraph(events: readonly TraceEvent[], definitions = new Definitions(events)): Graph {
  const names = new Names();
  const stolenScopes: [number, number][] = [];
  const phases = new Map<number, Set<number>>();
  const notePhase = (phaser: number, phase: number): number => {
    const known = phases.get(phaser) ?? new Set();
    phases.set(phaser, known.add(phase));
    return names.number(phaseName(phaser, phase));
  };
  for (const event of events) {
    const { slot } = event;
    if (event.kind === "steal") {
      const own = names.number(nodeName(slot, event.n));
      names.same(own, names.number(nodeName(event.from, event.origin)));
      if (event.scope !== 0) stolenScopes.push([own, names.number(nodeName(slot, event.scope))]);
    } else if (event.kind === "share") {
      names.same(names.number(objectName(event.object)), names.number(nodeName(slot, event.n)));
    }
  }
  const spawnScopes = new Map<number, number>();
  for (const event of events) {
    if (event.kind === "spawn" && event.scope !== 0) {
      spawnScopes.set(names.find(names.number(nodeName(event.slot, event.n))), names.number(nodeName(event.slot, event.scope)));
    }
  }
  // The part of a scope that lies in a thief's thread is the scope of the task that was stolen; along chains of thieves, from the owner on.
  for (const [task, proxy] of stolenScopes) {
    const scope = spawnScopes.get(names.find(task));
    if (scope !== undefined) names.same(scope, proxy);
  }

  const nodes: Node[] = [];
  const nodeAt = (number: number): Node => {
    const id = names.find(number);
    return (nodes[id] ??= emptyNode(id));
  };
  const node = (thread: number, n: number): Node => nodeAt(names.number(nodeName(thread, n)));
  nodes[0] = emptyNode(0);

  const afterOf = (thread: number, dep: number, on: number, a: number, b: number): After | null => {
    switch (dep) {
      case Dep.NODE:
      case Dep.SCOPE:
        return { kind: "node", node: node(thread, on).id, scope: dep === Dep.SCOPE };
      case Dep.OBJECT:
        return { kind: "node", node: nodeAt(names.number(objectName(on))).id, scope: false };
      case Dep.PHASE:
        return { kind: "node", node: nodeAt(notePhase(on, a)).id, scope: false };
      case Dep.HERE:
        return { kind: "here", node: node(thread, on).id, seg: a, path: b };
      case Dep.FLOOR:
        return { kind: "floor", seg: a, path: b };
      case Dep.EXTERNAL:
        return { kind: "external", ns: on };
      default:
        return null;
    }
  };

  for (const event of events) {
    const { slot } = event;
    switch (event.kind) {
      case "spawn": {
        const it = node(slot, event.n);
        it.isTask = true;
        it.def ??= definitions.get(slot, event.def);
        it.isMain = slot === 0 && event.n === MAIN;
        it.parent = event.parent === 0 ? 0 : node(slot, event.parent).id;
        it.seg = event.seg;
        it.path = event.path;
        it.work = event.work;
        it.spawned = event.time;
        it.scope = event.scope === 0 ? 0 : node(slot, event.scope).id;
        break;
      }
      case "begin": {
        const it = node(slot, event.n);
        it.isTask = true;
        it.def ??= definitions.get(slot, event.def);
        it.thread = slot;
        it.begin = event.time;
        break;
      }
      case "end": {
        const it = node(slot, event.n);
        it.end = event.time;
        it.status = event.status;
        it.count = event.folded;
        it.segments[event.seg] = { path: event.path, work: event.work, detached: event.detached, time: event.time, after: null };
        break;
      }
      case "segment": {
        const { path, work, detached, time } = event;
        const after = afterOf(slot, event.dep, event.on, event.a, event.b);
        node(slot, event.n).segments[event.seg] = { path, work, detached, time, after };
        break;
      }
      case "detached": {
        const segment = node(slot, event.n).segments[event.seg];
        if (segment !== undefined) segment.detached = Math.max(segment.detached, event.path);
        break;
      }
      case "batch": {
        const { seg, at, joined, work, path, count, begin, time } = event;
        node(slot, event.n).folded.push({
          def: definitions.get(slot, event.def),
          seg,
          at,
          joined,
          work,
          path,
          count,
          begin,
          end: time,
          thread: slot,
        });
        break;
      }
      case "edge": {
        const source = afterOf(slot, event.kinds >> 4, event.source, event.a, event.b);
        if (source === null) break;
        const target = (event.kinds & 15) === Dep.PHASE ? nodeAt(notePhase(event.target, event.phase)) : node(slot, event.target);
        target.after.push(source);
        break;
      }
      case "cancel":
        node(slot, event.n).status = Status.CANCELLED;
        break;
      default:
    }
  }
  chainPhases(phases, (phaser, phase) => nodeAt(names.number(phaseName(phaser, phase))));
  for (let id = 0; id < nodes.length; id++) nodes[id] ??= emptyNode(id);
  for (const it of nodes) fillGaps(it);
  return { nodes, main: nodes.find((it) => it.isMain) ?? null };
}

/** A phase ends after those before it. */
function chainPhases(phases: ReadonlyMap<number, ReadonlySet<number>>, nodeOf: (phaser: number, phase: number) => Node): void {
  for (const [phaser, known] of phases) {
    const sorted = [...known].sort((a, b) => a - b);
    for (let i = 1; i < sorted.length; i++) {
      const before = nodeOf(phaser, sorted[i - 1]!);
      nodeOf(phaser, sorted[i]!).after.push({ kind: "node", node: before.id, scope: false });
    }
  }
}

/** Segments whose events were lost. */
function fillGaps(node: Node): void {
  for (let seg = 0; seg < node.segments.length; seg++) {
    node.segments[seg] ??= { path: 0, work: 0, detached: 0, time: node.begin, after: null };
  }
}

const emptyNode = (id: number): Node => ({
  id,
  def: null,
  parent: 0,
  seg: 0,
  path: 0,
  work: 0,
  spawned: 0,
  scope: 0,
  thread: -1,
  begin: 0,
  end: 0,
  status: Status.OK,
  count: 0,
  segments: [],
  folded: [],
  after: [],
  isTask: false,
  isMain: false,
});
