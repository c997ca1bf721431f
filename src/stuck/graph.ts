/** The reports of all threads of all places as one graph: what several of them know of the same task, future or phaser becomes one node. */
import type { Doing, Kind, Thing } from "./report.ts";
import { globalSlot, type Located, type PlaceView, placeOfSlot } from "./views.ts";

export interface Node {
  readonly kind: Kind;
  name: string;
  doing: Doing;
  /** The slot of its thread, see views.ts: in each place, 0 is the one that started the runtime. */
  slot: number;
  readonly waits: Node[];
  /** Who may be the reason that it does not go on. */
  readonly mayWait: Node[];
  beneath: Node | null;
  by: Node | null;
  readonly site: string | undefined;
  readonly defined: string | undefined;
  readonly at: string | undefined;
  detail: string | undefined;
  readonly cancelled: boolean;
  /** Only handles on it are known. */
  readonly remote: boolean;
  readonly phaser: { readonly phase: number; readonly pending: number } | undefined;
}

export interface Graph {
  readonly nodes: readonly Node[];
  /** The code outside of tasks, of each place. */
  readonly mains: readonly Node[];
  /** What lies on a thread's stack, outermost first. */
  stackOf(slot: number): readonly Node[];
  /** How many places there are. */
  readonly places: number;
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

/** What is known by names that hold in all places. */
class Names {
  /** What the cells of a place are called on the way to another one. */
  readonly #trips = new Map<string, string>();
  /** Collective operations, by the questions that ask for them. */
  readonly #calls = new Map<string, string>();
  /** Phasers, by what a place calls them. */
  readonly #phasers = new Map<string, string>();

  constructor(views: readonly PlaceView[]) {
    for (const { place, wire } of views) {
      for (const [cell, , token] of wire?.away ?? []) this.#trips.set(`${place} ${cell}`, `${place} ${token}`);
      for (const [cell, from, token] of wire?.arrived ?? []) this.#trips.set(`${place} ${cell}`, `${from} ${token}`);
      for (const [id, name] of wire?.phasers ?? []) this.#phasers.set(`${place} ${id}`, `phaser ${name}`);
      for (const { question, team, call } of wire?.open ?? []) this.#calls.set(`${place} ${question}`, `call ${team} ${call}`);
    }
  }

  /** What all threads of all places call it. */
  of({ slot, thing: { kind, doing, cell, id, far } }: Part): string[] {
    const place = placeOfSlot(slot);
    const keys: string[] = [];
    if (id !== undefined) {
      keys.push(`id ${place} ${id}`);
      const phaser = kind === "phaser" ? this.#phasers.get(`${place} ${id}`) : undefined;
      if (phaser !== undefined) keys.push(phaser);
    }
    if (cell !== undefined) {
      const what = kind === "finish" || doing === "subtree" ? "subtree" : "cell";
      const trip = this.#trips.get(`${place} ${cell}`);
      keys.push(`${what} ${place} ${cell}`);
      if (trip !== undefined) keys.push(`${what} away ${trip}`);
    }
    if (far !== undefined)
      keys.push(kind === "collective" || kind === "operation" ? (this.#calls.get(`${place} ${far}`) ?? `${place} ${far}`) : far);
    return keys;
  }
}

/** `views`: what the places say of themselves; those that do not answer are missing. `places`: how many there are. */
export function makeGraph(views: readonly PlaceView[], places: number): Graph {
  const names = new Names(views);
  const groups: Part[][] = [];
  const groupOf = new Map<Thing, Part[]>();
  const byKey = new Map<string, Part[]>();
  for (const { place, reports } of views) {
    for (const report of reports) {
      for (const thing of report?.things ?? []) {
        const parts: Part[] = [{ slot: globalSlot(place, report!.slot), thing }];
        for (const key of names.of(parts[0]!)) {
          const known = byKey.get(key);
          if (known !== undefined && known !== parts) parts.push(...known.splice(0));
          byKey.set(key, parts);
        }
        for (const part of parts) {
          groupOf.set(part.thing, parts);
          for (const key of names.of(part)) byKey.set(key, parts);
        }
        groups.push(parts);
      }
    }
  }
  const nodes = new Map<Part[], Node>();
  for (const parts of groups) if (parts.length > 0) nodes.set(parts, makeNode(parts));
  const reportAt = new Map(
    views.flatMap(({ place, reports }) => reports.map((it, slot) => [globalSlot(place, slot), it] as const)),
  );
  const nodeOf = (slot: number, number: number | undefined): Node | null => {
    const thing = number === undefined ? undefined : reportAt.get(slot)?.things[number];
    return thing === undefined ? null : (nodes.get(groupOf.get(thing)!) ?? null);
  };
  for (const [parts, node] of nodes) link(parts, node, nodeOf);
  const mains = new Map<number, Node>();
  for (const { place, reports } of views)
    if (reports[0]?.things[0]?.kind === "main") mains.set(place, nodeOf(globalSlot(place, 0), 0)!);
  if (places > 1) for (const [place, main] of mains) main.name = `main of place ${place}`;
  const finder = new Finder(views, places);
  for (const [parts, node] of nodes) finder.find(parts[0]!, node);
  tellTurns(nodes);
  tellCalls(views, mains, (key) => nodes.get(byKey.get(key) ?? []));
  return {
    nodes: [...nodes.values()],
    mains: [...nodes.values()].filter(({ kind }) => kind === "main"),
    stackOf: (slot) => (reportAt.get(slot)?.stack ?? []).map((it) => nodeOf(slot, it)).filter((it) => it !== null),
    places,
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
    mayWait: [],
    beneath: null,
    by: null,
    site: known("site"),
    defined: known("defined"),
    at: known("at"),
    detail: known("detail"),
    cancelled: parts.some((it) => it.thing.cancelled === true),
    remote: thing.remote === true,
    phaser: phaserOf(parts),
  };
}

/** Of a phaser that several places know: at each, those of others count as one member, so what the threads name is the better number. */
function phaserOf(parts: readonly Part[]): Node["phaser"] {
  const { phaser } = parts[0]!.thing;
  if (phaser === undefined || new Set(parts.map(({ slot }) => placeOfSlot(slot))).size === 1) return phaser;
  const named = parts.reduce((sum, { thing }) => sum + (thing.phaser?.late.length ?? 0), 0);
  return named === 0 ? phaser : { phase: phaser.phase, pending: named };
}

const BODIES = new Set<Kind>(["task", "generator", "async"]);

function link(parts: readonly Part[], node: Node, nodeOf: (slot: number, number: number | undefined) => Node | null): void {
  // A handle on a task is part of it, and does not wait for it; but a task may wait for itself.
  const mayWaitForItself = BODIES.has(node.kind) && node.doing === "waiting";
  const add = (on: Node | null): void => {
    if (
      on !== null &&
      (on !== node || mayWaitForItself) &&
      (on.doing !== "ended" || on.kind === "main") &&
      !node.waits.includes(on)
    )
      node.waits.push(on);
  };
  const { slot, thing } = parts[0]!;
  // What holds a lock is known where it is held, and nowhere else.
  for (const part of node.kind === "lock" ? parts : parts.slice(0, 1))
    for (const number of part.thing.waits) add(nodeOf(part.slot, number));
  node.beneath = nodeOf(slot, thing.beneath);
  for (const part of parts) {
    node.by ??= nodeOf(part.slot, part.thing.by);
    for (const number of part.thing.phaser?.late ?? []) add(nodeOf(part.slot, number));
  }
}

/** Where tasks are of which no thread has told that should have them: their cells say it. */
class Finder {
  readonly #located = new Map<string, Located>();
  readonly #sent = new Map<string, { readonly to: number; readonly trip: string }>();
  readonly #come = new Map<string, { readonly place: number; readonly cell: number }>();
  readonly #pools = new Set<string>();
  readonly #silent: ReadonlySet<number>;

  constructor(views: readonly PlaceView[], places: number) {
    this.#silent = new Set(
      Array.from({ length: places }, (_, place) => place).filter((place) => !views.some((it) => it.place === place)),
    );
    for (const { place, located, wire } of views) {
      for (const [cell, at] of located) this.#located.set(`${place} ${cell}`, at);
      for (const [cell, to, token] of wire?.away ?? []) this.#sent.set(`${place} ${cell}`, { to, trip: `${place} ${token}` });
      for (const [cell, from, token] of wire?.arrived ?? []) this.#come.set(`${from} ${token}`, { place, cell });
      for (const cell of wire?.pool ?? []) this.#pools.add(`${place} ${cell}`);
    }
  }

  find({ slot, thing }: Part, node: Node): void {
    if (thing.doing !== "out" || thing.cell === undefined) return;
    const key = `${placeOfSlot(slot)} ${thing.cell}`;
    if (this.#pools.has(key)) {
      node.detail = "has not begun: it waits until some place has nothing to do";
      return;
    }
    const sent = this.#sent.get(key);
    if (sent === undefined) return this.#place(node, key, placeOfSlot(slot));
    const come = this.#come.get(sent.trip);
    if (come !== undefined) {
      this.#place(node, `${come.place} ${come.cell}`, come.place);
      if (node.doing === "queued") node.slot = globalSlot(come.place, 0); // its communication thread, which runs nothing
      return;
    }
    const silent = this.#silent.has(sent.to) ? ", which does not answer" : "; it is on its way, or its result is";
    node.slot = globalSlot(sent.to, 0);
    node.detail = `was sent to place ${sent.to}${silent}`;
  }

  #place(node: Node, key: string, place: number): void {
    const at = this.#located.get(key);
    if (at === undefined) return;
    node.doing = at.doing;
    node.slot = globalSlot(place, at.slot);
  }
}

/** Calls of an object run one at a time: those that have not begun wait for the one that has. */
function tellTurns(nodes: ReadonlyMap<Part[], Node>): void {
  const running = new Map<number, Node>();
  const waiting: { node: Node; object: number }[] = [];
  for (const [parts, node] of nodes) {
    const object = parts.map(({ thing }) => thing.object).find((it) => it !== undefined);
    if (object === undefined || node.doing === "ended" || node.doing === "subtree") continue;
    if (node.doing === "out" || node.doing === "queued") waiting.push({ node, object });
    else running.set(object, node);
  }
  for (const { node, object } of waiting) {
    const other = running.get(object);
    if (other === undefined) continue;
    node.doing = "waiting";
    node.detail = undefined;
    node.slot = other.slot;
    node.waits.push(other);
  }
}

/** Of collective operations: which members have not called them. */
function tellCalls(
  views: readonly PlaceView[],
  mains: ReadonlyMap<number, Node>,
  nodeOf: (key: string) => Node | undefined,
): void {
  const counts = new Map(views.map(({ place, wire }) => [place, wire === null ? null : new Map(wire.calls)]));
  const told = new Set<string>();
  for (const { wire } of views) {
    for (const { team, call, members } of wire?.open ?? []) {
      const key = `call ${team} ${call}`;
      const node = nodeOf(key);
      if (node === undefined || told.has(key)) continue;
      told.add(key);
      const has = (place: number): boolean =>
        (counts.get(place)?.get(team) ?? 0) > call ||
        views.some((it) => it.place === place && it.wire?.open.some((o) => o.team === team && o.call === call));
      const unknown = members.filter((place) => counts.get(place) == null);
      const missing = members.filter((place) => counts.get(place) != null && !has(place));
      const parts = [
        missing.length > 0 && `${placesInWords(missing)} ${missing.length === 1 ? "has" : "have"} not called it`,
        unknown.length > 0 && `${placesInWords(unknown)} ${unknown.length === 1 ? "does" : "do"} not answer`,
      ].filter((it) => it !== false);
      node.detail = parts.length === 0 ? "all its members have called it" : parts.join("; ");
      node.mayWait.push(...missing.map((place) => mains.get(place)).filter((it) => it !== undefined));
    }
  }
}

const placesInWords = (places: readonly number[]): string =>
  `${places.length === 1 ? "place" : "places"} ${places.slice(0, 8).join(", ")}${places.length > 8 ? ` and ${places.length - 8} more` : ""}`;

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
