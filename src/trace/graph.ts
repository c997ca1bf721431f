/**
 * The true graph of a run: tasks in segments, and what each segment comes after, whatever the schedule was. Made from events; what it means
 * is in README.md, "The graph".
 */
import { isMainThread, placeOfThread } from "./buffer.ts";
import { Dep, type EventOf, isCollective, REMOTE_NAMES, Status, type TraceEvent } from "./events.ts";
import type { Named } from "./named.ts";
import { tripsOf } from "./trips.ts";

export interface Definition extends Named {
  /** Generator and async tasks. */
  readonly suspends?: true;
}

/** What a segment or a node comes after. */
export type After =
  /** The end of a node; `scope`: and of all that was folded into the task that waits. */
  | { readonly kind: "node"; readonly node: number; readonly scope: boolean }
  /** A moment in a task; `time`: by the clock, where that is known. */
  | { readonly kind: "here"; readonly node: number; readonly seg: number; readonly path: number; readonly time?: number }
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
  /** It went to another place: whose spawner named that, or which asked for it. */
  isSent: boolean;
  isFree: boolean;
  /** How long (ns) the messages took that brought it to another place, which its spawner had named, and its result back. */
  way: number;
  wayBack: number;
}

export interface Graph {
  /** nodes[0] stands for none. */
  readonly nodes: Node[];
  /** The main strands of all places, in their order. */
  readonly mains: readonly Node[];
}

const MAIN = 1;
const THREADS = 2 ** 22;

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
const objectName = (place: number, id: number): string => `o${place}:${id}`;
const phaseName = (place: number, phaser: number, phase: number): string => `p${place}:${phaser}:${phase}`;
const tripName = (place: number, token: number): string => `t${place}:${token >>> 0}`;

/** Several tasks ran in one thread, so their definitions are known by thread and number. */
export class Definitions {
  readonly #known = new Map<number, Definition>();
  readonly #same = new Map<string, Definition>();

  constructor(events: readonly TraceEvent[]) {
    for (const event of events) {
      if (event.kind !== "define") continue;
      const { name, url, line, byLine } = JSON.parse(event.text) as Named;
      const key = `${url}:${line}:${name}`;
      let def = this.#same.get(key);
      if (def === undefined) {
        def = { name: name || "anonymous", url, line, ...(byLine && { byLine }), ...(event.body !== 0 && { suspends: true }) };
        this.#same.set(key, def);
      }
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
  const phases = new Map<string, Map<number, number>>();
  const notePhase = (thread: number, phaser: number, phase: number): number => {
    const place = placeOfThread(thread);
    const number = names.number(phaseName(place, phaser, phase));
    const known = phases.get(`${place}:${phaser}`) ?? new Map<number, number>();
    phases.set(`${place}:${phaser}`, known.set(phase, number));
    return number;
  };
  const exported = new Exported(events);
  const sent = new Map<number, boolean>();
  for (const event of events) {
    const { slot } = event;
    if (event.kind === "steal") {
      const own = names.number(nodeName(slot, event.n));
      names.same(own, names.number(nodeName(event.from, event.origin)));
      if (event.scope !== 0) stolenScopes.push([own, names.number(nodeName(slot, event.scope))]);
    } else if (event.kind === "share") {
      names.same(names.number(objectName(placeOfThread(slot), event.object)), names.number(nodeName(slot, event.n)));
    } else if (event.kind === "away") {
      const number = names.number(nodeName(event.from, event.origin));
      names.same(number, names.number(tripName(placeOfThread(slot), event.token)));
      sent.set(number, event.anywhere === 1);
    } else if (event.kind === "arrival") {
      const number = names.number(nodeName(slot, event.n));
      names.same(number, names.number(tripName(event.from, event.token)));
    } else if (event.kind === "standIn") {
      const object = exported.at(event.home, event.block, event.time);
      if (object !== undefined)
        names.same(names.number(objectName(event.home, object)), names.number(objectName(placeOfThread(slot), event.object)));
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
        return { kind: "node", node: nodeAt(names.number(objectName(placeOfThread(thread), on))).id, scope: false };
      case Dep.PHASE:
        return { kind: "node", node: nodeAt(notePhase(thread, on, a)).id, scope: false };
      case Dep.HERE:
        return { kind: "here", node: node(thread, on).id, seg: a, path: b };
      case Dep.FLOOR:
        return { kind: "floor", seg: a, path: b };
      case Dep.EXTERNAL:
        return { kind: "external", ns: b === 1 ? Math.min(on, a * 1000) : on };
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
        name(it, definitions.get(slot, event.def));
        it.isMain = isMainThread(slot) && event.n === MAIN;
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
        name(it, definitions.get(slot, event.def));
        it.thread = slot;
        it.begin = event.time;
        break;
      }
      case "end": {
        const it = node(slot, event.n);
        if (!it.isMain) name(it, definitions.get(slot, event.def));
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
        const target =
          (event.kinds & 15) === Dep.PHASE ? nodeAt(notePhase(slot, event.target, event.phase)) : node(slot, event.target);
        target.after.push(source.kind === "here" ? { ...source, time: event.time } : source);
        break;
      }
      case "cancel":
        node(slot, event.n).status = Status.CANCELLED;
        break;
      default:
    }
  }
  chainPhases(phases, nodeAt);
  for (const [number, isFree] of sent) Object.assign(nodeAt(number), { isSent: true, isFree });
  for (const { from, token, left, came, answered, back } of sent.size === 0 ? [] : tripsOf(events)) {
    const it = nodeAt(names.number(tripName(from, token)));
    if (it.isFree) continue;
    if (left !== undefined && came !== undefined) it.way = Math.max(0, Math.min(came - left, it.begin - it.spawned));
    if (answered !== undefined && back !== undefined) it.wayBack = Math.max(0, back - answered);
  }
  addRemote(
    events.filter((it) => it.kind === "remote"),
    node,
    () => nodeAt(names.number(`c${nodes.length}`)),
  );
  for (let id = 0; id < nodes.length; id++) nodes[id] ??= emptyNode(id);
  for (const it of nodes) fillGaps(it);
  return { nodes, mains: nodes.filter((it) => it.isMain).sort((a, b) => a.thread - b.thread) };
}

/** Those who have begun a task of a loop know where that was called, others perhaps not. */
function name(node: Node, def: Definition | null): void {
  if (node.def === null || (def?.byLine === true && node.def.byLine !== true)) node.def = def;
}

/** A phase ends after those before it. */
function chainPhases(phases: ReadonlyMap<string, ReadonlyMap<number, number>>, nodeAt: (number: number) => Node): void {
  for (const known of phases.values()) {
    const sorted = [...known].sort(([a], [b]) => a - b).map(([, number]) => nodeAt(number));
    for (let i = 1; i < sorted.length; i++) sorted[i]!.after.push({ kind: "node", node: sorted[i - 1]!.id, scope: false });
  }
}

/** By which addresses places have named their futures to others. An address is used again once nobody holds what was there. */
class Exported {
  readonly #known = new Map<string, { readonly time: number; readonly object: number }[]>();

  constructor(events: readonly TraceEvent[]) {
    for (const event of events) {
      if (event.kind !== "exports") continue;
      const key = `${placeOfThread(event.slot)}:${event.block >>> 0}`;
      const list = this.#known.get(key) ?? [];
      if (list.length === 0) this.#known.set(key, list);
      list.push({ time: event.time, object: event.object });
    }
  }

  /** What lay there when another place was told of it; its clock may be a little behind. */
  at(home: number, block: number, time: number): number | undefined {
    const list = this.#known.get(`${home}:${block >>> 0}`);
    return (list?.findLast((it) => it.time <= time) ?? list?.[0])?.object;
  }
}

const NONE: Definition = { name: "", url: "", line: 0 };
/** What the names of time between places end with. */
export const REMOTE = " (other places)";
export const MESSAGE: Definition = { ...NONE, name: `tasks and results on their way${REMOTE}` };
const definitionsOfRemote = REMOTE_NAMES.map((name): Definition => ({ ...NONE, name: name + REMOTE }));

/**
 * What is asked of other places: the answer comes after the asking and what the way there and back took. A collective operation is complete when those
 * have called it whose values it needs; from then on its way counts.
 */
function addRemote(
  events: readonly EventOf<"remote">[],
  nodeOf: (thread: number, n: number) => Node,
  makeNode: () => Node,
): void {
  const collectives = new Map<string, EventOf<"remote">[]>();
  const calls = new Map<string, number>();
  const answer = (event: EventOf<"remote">, ns: number): Node => {
    const it = nodeOf(event.slot, event.n);
    it.def = definitionsOfRemote[event.op] ?? null;
    it.segments = [{ path: Math.max(0, ns), work: 0, detached: 0, time: event.time, after: null }];
    it.end = event.time;
    return it;
  };
  const asking = ({ slot, parent, seg, path, begin }: EventOf<"remote">): After[] =>
    parent === 0 ? [] : [{ kind: "here", node: nodeOf(slot, parent).id, seg, path, time: begin }];
  for (const event of events.toSorted((a, b) => a.begin - b.begin)) {
    if (!isCollective(event.op)) {
      answer(event, event.time - event.begin).after.push(...asking(event));
      continue;
    }
    // Every member calls the same operations of a team in the same order.
    const caller = `${event.team} ${placeOfThread(event.slot)}`;
    const call = calls.get(caller) ?? 0;
    calls.set(caller, call + 1);
    const key = `${event.team} ${call}`;
    const members = collectives.get(key) ?? [];
    if (members.length === 0) collectives.set(key, members);
    members.push(event);
  }
  for (const members of collectives.values()) {
    const gives = members.filter((it) => !FROM_ROOT.has(it.op) || placeOfThread(it.slot) === it.root);
    const complete = Math.max(...gives.map((it) => it.begin));
    const meeting = makeNode();
    for (const it of gives) meeting.after.push(...asking(it));
    for (const it of members) {
      const gets = !TO_ROOT.has(it.op) || placeOfThread(it.slot) === it.root;
      const node = answer(it, it.time - (gets ? Math.max(it.begin, complete) : it.begin));
      node.after.push(...asking(it));
      if (gets) node.after.push({ kind: "node", node: meeting.id, scope: false });
    }
  }
}

const numbersOf = (...names: (typeof REMOTE_NAMES)[number][]): ReadonlySet<number> =>
  new Set(names.map((name) => REMOTE_NAMES.indexOf(name)));
const FROM_ROOT = numbersOf("broadcast", "scatter");
const TO_ROOT = numbersOf("gather", "reduce");

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
  isSent: false,
  isFree: false,
  way: 0,
  wayBack: 0,
});
