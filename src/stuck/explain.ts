/** From the graph to what people read: who waits for what as trees, cycles, and worker by worker. */
import { findCycles, type Graph, type Node } from "./graph.ts";
import { placeOfSlot, slotInPlace } from "./views.ts";
import { type Facts, nounOf, originOf, placeIn, shortened, stateOf, threadName } from "./words.ts";

/** One who waits, or who is waited for. */
export interface Waiting {
  /** What it is: "task", "generator", "async", "promise", "future", "finish", "phaser", "whenAll", "whenAny", "stream", "operation", "collective", "lock", or "main". */
  readonly kind: string;
  /** A task's name. */
  readonly name: string;
  /** The number of its worker, from 1; 0 for the thread that started the runtime. */
  readonly worker: number;
  readonly place: number;
  /** Where it was spawned or made, where that is known: "file:line:column". */
  readonly site: string | undefined;
  /** Where it stands in its code, if it is on its worker's stack: "file:line:column". */
  readonly at: string | undefined;
  /** All that is known about it, as one line. */
  readonly line: string;
  /** What it waits for; empty where the chain ends, or where it is told elsewhere. */
  readonly waitsFor: readonly Waiting[];
}

const MOST_BRANCHES = 4;
const MOST_ROOTS = 8;

/** Nodes that only stand for another one: the future of a finish for its scope, that of a phase for its phaser. */
function shown(node: Node): Node {
  let it = node;
  for (let hops = 0; hops < 4; hops++) {
    const only = it.waits.length === 1 ? it.waits[0]! : null;
    if (only === null) break;
    const stands =
      (it.kind === "future" && REMOTE.has(only.kind)) ||
      (it.kind === "finish" && only.kind === "finish") ||
      it.kind === "phase" ||
      (it.kind === "future" && only.kind === "stream");
    if (!stands) break;
    it = only;
  }
  return it;
}

const REMOTE = new Set<string>(["operation", "collective", "lock"]);

export class Explainer {
  readonly #graph: Graph;
  readonly #facts: Facts;
  readonly #serial: boolean;
  readonly #told = new Set<Node>();
  readonly cycles: readonly (readonly Waiting[])[];
  readonly cycleTexts: readonly string[];
  readonly waits: readonly Waiting[];

  constructor(graph: Graph, facts: Facts, serial: boolean) {
    this.#graph = graph;
    this.#facts = facts;
    this.#serial = serial;
    const found = findCycles(graph.nodes);
    const shownOnly = found.map((cycle) => [...new Set(cycle.map(shown))]);
    this.cycles = shownOnly.map((cycle) => cycle.map((node) => this.#make(node, [])));
    this.cycleTexts = shownOnly.map((cycle) => this.#cycleText(cycle));
    this.waits = this.#roots(new Set(found.flat()));
  }

  /** What it is, where it comes from, and in which thread it is. */
  identity(node: Node): string {
    const begun = THREADED.has(node.kind) && node.doing !== "pending" && (node.doing !== "queued" || slotInPlace(node.slot) > 0);
    const thread = begun && !this.#serial ? `, on ${threadName(node.slot, this.#graph.places > 1)}` : "";
    return `${nounOf(node)}${originOf(node)}${thread}`;
  }

  /** One line about a node, without what it waits for. */
  line(node: Node): string {
    if (node.kind === "main") {
      const runs = node.at === undefined ? "" : `runs at ${shortened(node.at)}`;
      const main = nounOf(node);
      if (node.waits.length === 0 && node.doing === "ended") return `${main} has ended`;
      if (node.waits.length === 0) return runs === "" ? `${main} waits for nothing of heddle` : `${main} ${runs}`;
      return runs === "" ? `${main} waits for` : `${main} ${runs}; it waits for`;
    }
    return `${this.identity(node)}: ${stateOf(node, this.#facts)}`;
  }

  #make(node: Node, waitsFor: readonly Waiting[], line = this.line(node)): Waiting {
    const { kind, name, slot, at } = node;
    return { kind, name, worker: slotInPlace(slot), place: placeOfSlot(slot), site: placeIn(node.site), at, line, waitsFor };
  }

  #cycleText(nodes: readonly Node[]): string {
    const lines = nodes.map((node, i) => {
      const next = nodes[(i + 1) % nodes.length]!;
      return `  ${this.identity(node)}${i === 0 && node.kind === "main" ? "" : ", which"} ${linkOf(node, next)}`;
    });
    return [...lines, `  ${this.identity(nodes[0]!)}.`].join("\n");
  }

  #tree(start: Node): Waiting {
    const node = shown(start);
    if (this.#told.has(node)) return this.#make(node, [], `${nounOf(node)}${originOf(node)} (see above)`);
    this.#told.add(node);
    const children: Waiting[] = [];
    const gathers = node.kind === "main" || node.kind === "finish";
    // What others wait for as well is told there, if it can be.
    const next = gathers
      ? node.waits.toSorted((a, b) => this.#awaitedBy(a) - this.#awaitedBy(b))
      : [...node.waits, ...node.mayWait];
    let told = 0;
    let left = 0;
    const alike = new Map<string, Waiting[]>();
    for (const it of next) {
      if (gathers && told > 0 && this.#told.has(shown(it))) continue;
      const line = isLeaf(it) ? this.line(it) : "";
      if (alike.has(line)) {
        alike.get(line)!.push(this.#make(it, []));
        continue;
      }
      if (line !== "") alike.set(line, []);
      if (told++ < MOST_BRANCHES) children.push(this.#tree(it));
      else left++;
    }
    for (const [i, child] of children.entries()) {
      const more = alike.get(child.line)?.length ?? 0;
      if (more > 0) children[i] = { ...child, line: `${child.line}; and ${more} more like it` };
    }
    if (left > 0) children.push({ ...this.#make(node, [], `and ${left} more`), kind: "more" });
    if (node.beneath !== null && (children.length === 0 || !this.#told.has(shown(node.beneath)))) {
      const above = this.#tree(node.beneath);
      children.push({ ...above, line: `on the same stack, above it: ${above.line}` });
    }
    return this.#make(node, children);
  }

  #awaitedBy(node: Node): number {
    let count = 0;
    for (const it of this.#graph.nodes) if (it.waits.includes(node)) count++;
    return count;
  }

  /** Those that nobody waits for, main first; then what only cycles lead to. */
  #roots(inCycle: ReadonlySet<Node>): Waiting[] {
    const { nodes, mains } = this.#graph;
    const awaited = new Set<Node>();
    for (const node of nodes) {
      for (const it of node.waits) awaited.add(it);
      if (node.beneath !== null) awaited.add(node.beneath);
    }
    const roots: Waiting[] = [];
    for (const main of mains)
      if ((main.waits.length > 0 || main.at !== undefined) && !this.#told.has(main)) roots.push(this.#tree(main));
    const open = nodes.filter((it) => !mains.includes(it) && !awaited.has(it) && isRoot(it));
    for (const node of open.slice(0, MOST_ROOTS)) if (!this.#told.has(shown(node))) roots.push(this.#tree(node));
    for (const node of inCycle) if (!this.#told.has(shown(node))) roots.push(this.#tree(node));
    return roots;
  }
}

function linkOf(node: Node, next: Node): string {
  if (node.beneath === next && !node.waits.some((it) => shown(it) === next))
    return "cannot go on before what runs above it on its stack has ended:";
  if (node.kind === "lock") return "is held by";
  if (node.kind === "phaser") return "waits for the signal of";
  if (node.kind === "whenAll" || node.kind === "whenAny") return "waits among others for";
  const at = node.at === undefined ? "" : ` at ${shortened(node.at)}`;
  return `waits${at} for`;
}

const THREADED = new Set(["task", "generator", "async"]);

/** Many of these may be alike: tasks that nobody has begun, parts of a loop. */
const isLeaf = (node: Node): boolean => THREADED.has(node.kind) && node.waits.length === 0 && node.beneath === null;

/** Whether it is worth telling although nobody waits for it. */
function isRoot(node: Node): boolean {
  if (node.kind === "stream") return true;
  if (node.kind === "finish") return !node.remote && node.doing === "waiting" && node.waits.length > 0;
  return THREADED.has(node.kind) && ["running", "waiting", "ready"].includes(node.doing);
}
