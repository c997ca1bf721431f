/** This thread's report: everything here that has not ended, and what it waits for. Reads, and changes nothing. */

import { Flow, type FlowLook, flowsHere } from "../pattern/flow.ts";
import { getPlatform } from "../platform/platform.ts";
import { awaits, sitedFutures, waitingDataflow } from "../sched/awaits.ts";
import { Client } from "../sched/client.ts";
import { type Frame, Future } from "../sched/core.ts";
import { NO_TASK } from "../sched/definition.ts";
import { putAside } from "../sched/deque.ts";
import { nameOf } from "../sched/more.ts";
import type { Entry } from "../sched/objects.ts";
import type { Port } from "../sched/port.ts";
import { heldLocks, RemoteWait } from "../sched/remote-wait.ts";
import { openScopes, Scope } from "../sched/scope.ts";
import { SerialPort } from "../sched/serial.ts";
import { definitionSite, isOwn } from "../sched/spawn-site.ts";
import { State } from "../sched/state.ts";
import type { Station } from "../sched/station.ts";
import { isReady, suspended } from "../sched/suspend.ts";
import { currentFrame, thread } from "../sched/thread.ts";
import type { Waiter, Waiters } from "../sched/waiters.ts";
import { load } from "../shared/atomics.ts";
import { Cell, CellFlag, CellState, cellWord, valueIndex } from "../shared/cell.ts";
import { Control } from "../shared/layout.ts";
import { Obj } from "../shared/object.ts";
import { FutureWord, isExported, isFar } from "../task/future-block.ts";
import { Phaser } from "../task/phaser.ts";
import { Phase } from "../task/phases.ts";
import { memberships, type Registration } from "../task/registration.ts";
import type { Kind, Thing, ThreadReport } from "./report.ts";
import { standing } from "./standing.ts";

const MOST_THINGS = 4000;
const MOST_QUEUED = 500;

interface Asked {
  /** Null on the serial scheduler. */
  readonly station: Station | null;
  readonly port: Port | null;
  /** The thread was stopped in the midst of what it does, rather than asked when it took its mail. */
  readonly interrupted: boolean;
}

const isPending = (it: Frame): boolean => (it instanceof Scope ? it.pending > 0 : it.state < State.DONE);

function descends(frame: Frame, from: Frame): boolean {
  for (let up: Frame | null = frame; up !== null; up = up.owner) if (up === from) return true;
  return false;
}

const KINDS = ["task", "generator", "async"] as const;

class Collector {
  readonly #station: Station | null;
  readonly #things: Thing[] = [];
  readonly #index = new Map<object, number>();
  /** Things that are known, and not yet described. */
  readonly #open: object[] = [];
  #leftOut = 0;

  constructor(station: Station | null) {
    this.#station = station;
  }

  get things(): readonly Thing[] {
    return this.#things;
  }

  get leftOut(): number {
    return this.#leftOut;
  }

  /** The number of a thing, -1 when there are too many. */
  numberOf(it: object): number {
    const known = this.#index.get(it);
    if (known !== undefined) return known;
    if (this.#things.length >= MOST_THINGS) {
      this.#leftOut++;
      return -1;
    }
    const number = this.#things.length;
    this.#index.set(it, number);
    this.#things.push(it instanceof Future ? this.#future(it) : it instanceof Scope ? this.#scope(it) : this.#other(it));
    this.#open.push(it);
    return number;
  }

  thing(it: object): Thing | undefined {
    return this.#things[this.numberOf(it)];
  }

  /** As `thing`, of one that is known already. */
  thingOf(it: object): Thing | undefined {
    return this.#things[this.#index.get(it) ?? -1];
  }

  waits(it: object, on: object): void {
    const number = this.numberOf(on);
    const waits: number[] = this.thing(it)?.waits ?? [];
    if (number >= 0 && !waits.includes(number)) waits.push(number);
  }

  futures(): Future<unknown>[] {
    return [...this.#index.keys()].filter((it) => it instanceof Future);
  }

  scopes(): Scope[] {
    return [...this.#index.keys()].filter((it) => it instanceof Scope);
  }

  /** Describes all that has become known meanwhile. */
  close(): void {
    for (let it = this.#open.pop(); it !== undefined; it = this.#open.pop()) {
      if (it instanceof Future) this.#describe(it);
      else if (it instanceof Scope) this.#by(it);
      else if (it instanceof Flow) this.#describeFlow(it);
    }
  }

  #future(future: Future<unknown>): Thing {
    const { def, more } = future;
    const thing: Thing = { kind: kindOf(future), name: this.#name(future), doing: doingOf(future), waits: [] };
    const site = more?.rare.spawnSite?.toString() ?? (more?.rare.of instanceof Scope ? more.rare.of.site?.toString() : undefined);
    if (site !== undefined) thing.site = site;
    const defined = definitionSite(def);
    if (defined !== undefined && !isOwn(defined)) thing.defined = defined;
    if (future.state === State.CANCELLED && suspended.has(future)) {
      thing.cancelled = true;
      thing.doing = "waiting";
    }
    if (more !== null && more.cell !== 0) thing.cell = more.cell;
    const object = this.#objectOf(future);
    if (object !== undefined) thing.object = object;
    this.#identify(future, thing);
    return thing;
  }

  /** The object of a call: the caller knows it by the options, the worker that runs it by the cell. */
  #objectOf({ more, state }: Future<unknown>): number | undefined {
    const turn = more?.options?.object;
    if (turn !== undefined) return turn.exclusive === true ? turn.id : undefined;
    const begun = state === State.RUNNING || state === State.SUSPENDED;
    if (this.#station === null || !begun || more === null || more.cell === 0) return undefined;
    const { i32, f64 } = this.#station.mem;
    return (i32[cellWord(more.cell) + Cell.FLAGS]! & CellFlag.OBJECT) === 0 ? undefined : f64[valueIndex(more.cell, 1)]!;
  }

  #name(future: Future<unknown>): string {
    const { def } = future;
    if (def.name !== "bundle" || !isOwn(def.url) || this.#station === null) return nameOf(future);
    try {
      const name = this.#station.definition(future.a0 as number).name;
      return `${name} (${(future.a1 as number) & 0xffff} of them together)`;
    } catch {
      return "bundle"; // of a task that this thread has not imported
    }
  }

  #identify(it: Future<unknown> | Phaser, thing: Thing): void {
    const entry = (it instanceof Phaser ? it.entry : it.more?.rare.crossed) as Entry | null | undefined;
    if (entry == null) return;
    thing.id = entry.id;
    const { mem, slot } = entry.station;
    if (it instanceof Future && entry.block !== 0) {
      const far = farName(mem.i32, entry.block);
      if (far !== undefined) thing.far = far;
    }
    if (entry.block !== 0 && mem.i32[(entry.block >>> 2) + Obj.OWNER] !== slot) thing.remote = true;
  }

  #scope(scope: Scope): Thing {
    const thing: Thing = { kind: "finish", name: "finish", doing: "waiting", waits: [] };
    const site = scope.site?.toString();
    if (site !== undefined) thing.site = site;
    if (scope.cell !== 0) {
      thing.cell = scope.cell;
      thing.remote = true; // a part of another thread's
    }
    return thing;
  }

  #other(it: object): Thing {
    if (it instanceof Phaser) {
      const { phase, pending } = it.look();
      const thing: Thing = { kind: "phaser", name: "phaser", doing: "waiting", waits: [], phaser: { phase, pending, late: [] } };
      const site = it.site?.toString();
      if (site !== undefined) thing.site = site;
      this.#identify(it, thing);
      return thing;
    }
    if (it instanceof Flow) {
      const look = it.look();
      return {
        kind: "stream",
        name: `${look.name}(${look.stages.join(", ")})`,
        doing: "waiting",
        waits: [],
        detail: flowInWords(look),
      };
    }
    if (it instanceof RemoteWait) {
      const detail = it.detail?.();
      return {
        kind: it.kind,
        name: it.name,
        doing: "waiting",
        waits: [],
        far: it.key,
        ...(detail === undefined ? {} : { detail }),
      };
    }
    const place = it instanceof Main ? it.place : -1;
    return {
      kind: "main",
      name: place < 0 ? "main" : `main of place ${place}`,
      doing: place < 0 && mainEnded ? "ended" : "running",
      waits: [],
    };
  }

  #by(frame: Frame): void {
    let up = frame.owner;
    while (up !== null && !(up instanceof Future)) up = up.owner;
    if (up === null) return;
    const number = this.numberOf(up);
    if (number >= 0) this.thing(frame)!.by = number;
  }

  #describe(future: Future<unknown>): void {
    if (future.def !== NO_TASK) this.#by(future);
    const { more } = future;
    if (more === null || this.thing(future)!.doing === "ended") return;
    if (more.rare.awaits !== null) this.waits(future, more.rare.awaits);
    if (future.state === State.PROMISED) for (const it of more.args ?? []) if (isPendingFuture(it)) this.waits(future, it);
    for (const waiter of asList(more.waiters)) if (waiter instanceof Future) this.numberOf(waiter); // dataflow
    const of = settlerOf(future);
    if (of instanceof Scope || of instanceof Flow || of instanceof RemoteWait) this.waits(future, of);
    else if (of instanceof Phase) this.waits(future, of.phaser);
    else if (Array.isArray(of)) for (const it of of) if (isPendingFuture(it)) this.waits(future, it);
  }

  #describeFlow(flow: Flow): void {
    const { out } = flow.look();
    for (const future of out) this.waits(flow, future);
  }
}

/** What other places call a future: its home, and the address of its block there. */
function farName(i32: Int32Array, block: number): string | undefined {
  const word = block >>> 2;
  if (isFar(i32, block)) return `future ${i32[word + FutureWord.HOME]!} ${i32[word + FutureWord.NAME_AT_HOME]! >>> 0}`;
  return isExported(i32, block) ? `future ${i32[Control.PLACE]!} ${block}` : undefined;
}

const isPendingFuture = (it: unknown): it is Future<unknown> => it instanceof Future && it.state < State.DONE;
const asList = (waiters: Waiters): readonly Waiter[] => (waiters === null ? [] : Array.isArray(waiters) ? waiters : [waiters]);

/** What settles it; of one of many operations, which have nothing that few futures have, that is in `a1`. */
const settlerOf = (future: Future<unknown>): unknown =>
  future.more?.rare.of ?? (future.a1 instanceof RemoteWait ? future.a1 : undefined);

function kindOf(future: Future<unknown>): Kind {
  const { def } = future;
  if (def.url !== "") return KINDS[def.body]!;
  const of = settlerOf(future);
  if (of instanceof Scope) return "finish";
  if (of instanceof Phase) return "phase";
  if (of instanceof RemoteWait) return "future";
  if (Array.isArray(of)) return nameOf(future) === "whenAny" ? "whenAny" : "whenAll";
  return nameOf(future) === NO_TASK.name ? "promise" : "future";
}

function doingOf(future: Future<unknown>): Thing["doing"] {
  switch (future.state) {
    case State.PRIVATE:
      return "queued";
    case State.RUNNING:
      return "running";
    case State.SUSPENDED:
      return isReady(future) ? "ready" : "waiting";
    case State.SHARED:
      return "out";
    case State.PROMISED:
      return settlerOf(future) == null && future.more?.args == null ? "pending" : "waiting";
    default:
      return "ended";
  }
}

function flowInWords({ taken, given, done, limit, waits }: FlowLook): string {
  const far = `${taken} taken, ${done} done, ${given} given out`;
  if (waits === "tasks") return far;
  if (waits === "source") return `${far}; its source does not give the next item`;
  return `${far}; it takes no more until somebody takes a result (inFlight is ${limit})`;
}

const locks = new Map<string, RemoteWait>();
/** One object for each lock, so that several holders of it in a row are one thing. */
function lockOf(held: RemoteWait): RemoteWait {
  let it = locks.get(held.key);
  if (it === undefined) locks.set(held.key, (it = held));
  return it;
}

/** What stands for the code outside of tasks: at this place, or at one of those that serial mode keeps in this thread. */
class Main {
  readonly place: number;
  constructor(place: number) {
    this.place = place;
  }
}
const MAIN = new Main(-1);
const mains: Main[] = [];
const mainAt = (place: number): Main => (place < 0 ? MAIN : (mains[place] ??= new Main(place)));

let mainEnded = false;
/** Main of this place has ended. What it has left open may still be awaited. */
export function noteMainEnded(): void {
  mainEnded = true;
}

export function collect({ station, port, interrupted }: Asked): ThreadReport {
  const all = new Collector(station);
  locks.clear();
  const isWorker = station !== null && station.slot !== 0;
  if (!isWorker) all.numberOf(MAIN);
  const stack = collectStack(all, interrupted);
  for (const future of suspended) all.numberOf(future);
  for (const scope of openScopes) if (scope.pending > 0) all.numberOf(scope);
  for (const future of waitingDataflow()) all.numberOf(future);
  for (const future of sitedFutures()) if (isOurs(future, port)) all.numberOf(future);
  for (const flow of flowsHere()) all.numberOf(flow);
  for (const { lock: held, by } of heldLocks) {
    const lock = lockOf(held);
    if (by === null || isPending(by)) all.waits(lock, by ?? MAIN);
    else
      all.thing(lock)!.detail = `the task ${by instanceof Future ? nameOf(by) : ""} has it, and has ended without giving it back`;
  }
  const out = station?.futuresOut() ?? [];
  for (const future of out) {
    const thing = all.thing(future);
    if (thing !== undefined && future.state >= State.DONE) thing.doing = "subtree";
  }
  const queue = queued(port);
  for (const future of queue.slice(0, MOST_QUEUED)) all.numberOf(future);
  for (const entry of station?.objects.known() ?? []) {
    const it = entry.object.deref();
    if (it instanceof Phaser || (it instanceof Future && it.state < State.DONE)) all.numberOf(it);
  }
  for (const { by, on, place } of awaits()) if (on.state < State.DONE && isOurs(on, port)) all.waits(by ?? mainAt(place), on);
  if (station !== null && !isWorker) for (const future of [...out, ...queue]) if (isAwaited(future)) all.waits(MAIN, future);
  all.close();
  collectMembers(all, [...suspended, ...queue, ...out.filter((it) => isUntouched(it, station))]);
  collectScopes(all);
  all.close();
  return {
    slot: station?.slot ?? 0,
    things: all.things,
    stack,
    suspended: suspended.size,
    queued: queue.length,
    leftOut: all.leftOut,
    events: countEach(getPlatform().events?.() ?? []),
  };
}

/** Promises of other runtimes are none of ours. */
const isOurs = (future: Future<unknown>, port: Port | null): boolean =>
  future.more?.port == null || future.more.port === port || !(future.more.port instanceof Client);

const isAwaited = (future: Future<unknown>): boolean => future.state < State.DONE && future.more?.waiters != null;

function queued(port: Port | null): Future<unknown>[] {
  const here: (Frame | null)[] = thread.items.slice(0, thread.top);
  const more = port instanceof SerialPort ? port.queued : port instanceof Client ? port.backlog : [];
  return [...here, ...putAside(), ...more].filter(
    (it): it is Future<unknown> => it instanceof Future && it.state === State.PRIVATE,
  );
}

/** The tasks and scopes on the stack, and what each of them waits for. */
function collectStack(all: Collector, interrupted: boolean): number[] {
  const frames: { frame: Frame; at: number }[] = [];
  for (let at = 0; at <= thread.at; at++) {
    const frame = thread.items[at];
    const isFrame = frame instanceof Scope ? frame.pending > 0 : frame?.state === State.RUNNING || at === thread.at;
    if (frame != null && isFrame) frames.push({ frame, at });
  }
  frames.forEach(({ frame, at }, i) => {
    const above = frames[i + 1]?.frame ?? null;
    const awaited = thread.waits[at];
    if (awaited != null && isPending(awaited) && (awaited === frame || descends(awaited, frame))) {
      if (awaited !== frame) all.waits(frame, awaited);
      const thing = all.thing(frame);
      if (thing !== undefined) thing.doing = "waiting";
      if (thing !== undefined && above !== null && above !== awaited) thing.beneath = all.numberOf(above);
    } else if (above !== null) {
      const thing = all.thing(frame);
      if (thing !== undefined) thing.doing = "waiting";
      if (above.owner === frame) all.waits(frame, above);
      else if (thing !== undefined) thing.beneath = all.numberOf(above);
    }
  });
  const tasks = frames.filter(({ frame }) => frame instanceof Future).map(({ frame }) => frame);
  // In the midst of an async task no frame is on the stack, but the context knows it.
  if (interrupted && thread.at < 0) {
    const running = currentFrame();
    if (running instanceof Future && all.thing(running) !== undefined) {
      all.thing(running)!.doing = "running";
      tasks.push(running);
    }
  }
  const places = standing();
  const main = interrupted && tasks.length === 0 ? all.thingOf(MAIN) : undefined;
  if (main !== undefined) main.at = places[0] || "code that is not the program's";
  tasks.toReversed().forEach((task, i) => {
    const thing = all.thing(task);
    if (thing !== undefined && (places[i] ?? "") !== "") thing.at = places[i]!;
  });
  return tasks.map((task) => all.numberOf(task));
}

/** Nobody has begun it: what its options begin is still this thread's. */
function isUntouched(future: Future<unknown>, station: Station | null): boolean {
  const cell = future.more?.cell ?? 0;
  return cell !== 0 && station !== null && load(station.mem.i32, cellWord(cell) + Cell.STATE) === CellState.READY;
}

function collectMembers(all: Collector, tasks: readonly Future<unknown>[]): void {
  const late = (registration: Registration, task: Future<unknown> | null): void => {
    const { phaser } = registration;
    if (!phaser.isLate(registration)) return;
    const number = all.numberOf(task ?? MAIN);
    const members = all.thing(phaser)?.phaser?.late ?? [];
    if (number >= 0 && !members.includes(number)) members.push(number);
  };
  for (const [registration, task] of memberships) late(registration, task);
  const running = thread.items.slice(0, thread.at + 1).filter((it) => it instanceof Future && it.state === State.RUNNING);
  for (const it of [...tasks, ...(running as Future<unknown>[])]) {
    if (it.state >= State.DONE || it.more?.options?.phased === undefined) continue;
    for (const registration of it.more.options.phased) late(registration as Registration, it);
  }
}

/** What a scope waits for: the tasks in it that have not ended. */
function collectScopes(all: Collector): void {
  for (const future of all.futures()) {
    if (future.scope !== null && all.thing(future)?.doing !== "ended") all.waits(future.scope, future);
  }
  for (const scope of all.scopes()) {
    const thing = all.thing(scope)!;
    const left = scope.pending - thing.waits.length;
    if (left > 0)
      thing.detail = `${left} of its tasks ${left === 1 ? "has" : "have"} not ended, and nothing more is known of ${left === 1 ? "it" : "them"}`;
  }
}

function countEach(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`);
}
