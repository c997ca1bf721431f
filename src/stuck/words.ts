/** How a node of the graph is said. */
import { isLambdaName } from "../sched/definition.ts";
import type { Node } from "./graph.ts";
import { placeOfSlot, slotInPlace } from "./views.ts";

export interface Facts {
  /** There are several places. */
  readonly several: boolean;
  /** How long (s) a worker has been at work without a look at the clock; undefined for the thread that started the runtime. */
  busySeconds(slot: number): number | undefined;
  /** What an event loop still has to bring; undefined where its thread has not answered. */
  events(slot: number): readonly string[] | undefined;
}

/** "at main (file:///x/prog.ts:9:14)" -> "file:///x/prog.ts:9:14" */
export const placeIn = (frame: string | undefined): string | undefined =>
  frame === undefined ? undefined : (/\(([^()]+:\d+:\d+)\)$/.exec(frame)?.[1] ?? frame.replace(/^at (?:async )?/, ""));

/** As short as a reader in the current folder needs it. */
export function shortened(place: string): string {
  const path = place.replace(/^file:\/\//, "");
  const folder = `${(globalThis as { process?: { cwd?(): string } }).process?.cwd?.() ?? ""}/`;
  return folder !== "/" && path.startsWith(folder) ? path.slice(folder.length) : path;
}

export function threadName(slot: number, several: boolean): string {
  const own = slotInPlace(slot) === 0 ? "the main thread" : `worker ${slotInPlace(slot)}`;
  return several ? `${own} of place ${placeOfSlot(slot)}` : own;
}

const KINDS: Partial<Record<Node["kind"], string>> = {
  task: "the task",
  generator: "the generator task",
  async: "the async task",
};

const VERBS: Partial<Record<Node["kind"], string>> = { finish: "opened", whenAll: "called", whenAny: "called" };

export function nounOf(node: Node): string {
  const kind = KINDS[node.kind];
  if (kind !== undefined) return isLambdaName(node.name) ? kind.replace("task", "lambda") : `${kind} ${node.name}`;
  switch (node.kind) {
    case "main":
      return node.name;
    case "operation":
      return `the answer of another place (${node.name})`;
    case "collective":
      return `the collective operation ${node.name}`;
    case "lock":
      return "a lock";
    case "promise":
      return "a promise";
    case "finish":
      return "a finish scope";
    case "phaser":
      return `phase ${node.phaser?.phase ?? 0} of a phaser`;
    case "phase":
      return "the next phase of a phaser";
    case "whenAll":
    case "whenAny":
    case "stream":
      return node.name;
    default:
      return `the future of ${node.name}`;
  }
}

/** Where it comes from. */
export function originOf(node: Node): string {
  const verb = KINDS[node.kind] !== undefined ? "spawned" : (VERBS[node.kind] ?? "made");
  const site = placeIn(node.site);
  if (site !== undefined) return `, ${verb} at ${shortened(site)}`;
  const by = node.by === null ? "" : `, ${verb} by ${node.by.name}`;
  return by + (node.defined === undefined ? "" : `, defined at ${shortened(node.defined)}`);
}

const list = (names: readonly string[]): string => names.join(", ");

/** What it does, or why it does not go on; "waits for" when a list of what it waits for follows. */
export function stateOf(node: Node, facts: Facts): string {
  const at = node.at === undefined ? "" : ` at ${shortened(node.at)}`;
  const cancelled = node.cancelled ? "was cancelled, goes on all the same, and " : "";
  if (node.waits.length > 0) return `${cancelled}${waiting(node, at)}`;
  switch (node.doing) {
    case "running": {
      if (node.beneath !== null) return `waits${at}`;
      const busy = facts.busySeconds(node.slot);
      const time = busy === undefined ? "" : ` for ${busy.toFixed(busy < 10 ? 1 : 0)} s`;
      return `${cancelled}runs${time === "" ? "" : `, and has not come back${time}`}${at === "" ? "" : `; it is${at}`}`;
    }
    case "waiting":
      return `${cancelled}${withoutFuture(node, at, facts)}`;
    case "ready":
      return "could go on, but its thread has not come to it";
    case "queued": {
      const where = facts.several ? ` at place ${placeOfSlot(node.slot)}` : "";
      return `has not begun${where}: ${slotInPlace(node.slot) === 0 ? "nobody has taken it" : "it is queued"}`;
    }
    case "out":
      return node.detail ?? "is in another thread";
    case "subtree":
      return "has ended, and tasks that it spawned have not";
    case "pending":
      if (node.remote) return "its thread does not answer";
      return node.kind === "promise" ? "nobody has put or failed it" : "nobody has settled it";
    default:
      return "has ended";
  }
}

function waiting(node: Node, at: string): string {
  const several = node.waits.length > 1;
  switch (node.kind) {
    case "phaser": {
      const { pending } = node.phaser ?? { pending: 0 };
      return `${pending} ${pending === 1 ? "member has" : "members have"} not signalled it`;
    }
    case "lock":
      return "is held by";
    case "whenAny":
      return several ? "waits for any of" : "waits for";
    case "whenAll":
      return several ? "waits for all of" : "waits for";
    case "stream":
      return `${node.detail}; waits for`;
    default:
      return `waits${at} for`;
  }
}

/** It waits for nothing that heddle knows. */
function withoutFuture(node: Node, at: string, facts: Facts): string {
  if (node.beneath !== null) return `waits${at}`;
  switch (node.kind) {
    case "async": {
      const events = facts.events(node.slot);
      const loop = events === undefined ? "" : events.length === 0 ? "has nothing to bring" : `still has ${list(events)}`;
      return `awaits something that is no future of heddle${loop === "" ? "" : `; its event loop ${loop}`}`;
    }
    case "finish":
      return node.detail ?? "its body has not ended";
    case "phaser": {
      const pending = node.phaser?.pending ?? 0;
      return pending > 0
        ? `${pending} of its members ${pending === 1 ? "has" : "have"} not signalled it, and no thread knows ${pending === 1 ? "it" : "them"}`
        : "is about to go on";
    }
    case "stream":
      return node.detail ?? "waits";
    case "collective":
      return node.detail ?? "has not ended";
    case "operation":
      return "it has not come";
    case "lock":
      return node.detail ?? "no place knows who holds it";
    default:
      return `waits${at}`;
  }
}
