import { InvariantError } from "../errors.ts";
import { compareExchange, load, store } from "../shared/atomics.ts";
import { Cell, CellFlag, cellWord } from "../shared/cell.ts";
import { Control } from "../shared/layout.ts";
import { begin, type Frame, type Future, runningTask } from "./core.ts";
import { Body } from "./definition.ts";
import { giveAside, takeOldestToNest } from "./deque.ts";
import type { Hunting } from "./hunting.ts";
import { nameOf } from "./more.ts";
import { Park, retract } from "./parking.ts";
import type { Promotion } from "./promotion.ts";
import { noteActivity, RestWatch } from "./rest.ts";
import { Scope } from "./scope.ts";
import { State } from "./state.ts";
import type { Station } from "./station.ts";
import { chainFrom, needsFreeWorker, needsThisLoop, stuckError } from "./stuck.ts";
import type { Supply } from "./supply.ts";
import { readySteps, stepReady } from "./suspend.ts";
import { bodiesRun, privateTasks, syncFrame, thread } from "./thread.ts";
import type { WorkerPort } from "./worker.ts";

/** How long (ms) a waiting stack sleeps while there is work that it may not run, and how often before it does. */
const NESTED_MS = 10;
const MOST_FRUITLESS = 3;
/** How long it sleeps at most: nobody wakes it for new work that does not descend from it. */
const LOOK_MS = 100;
/** When nobody has done anything for so long (ms), a wait is given up: one for an async task that no worker is free to begin; any other. */
const STUCK_ASYNC_MS = 100;
const STUCK_MS = 1000;
/** A promoted task that is waited for at once, and takes less time (ms), was not worth to wake somebody for. */
const WORTH_MS = 0.02;
/** So many tasks from other places may lie on top of each other on a waiting stack. */
const MOST_NESTED = 32;

/** What a worker does while a stack waits: work that descends from it, sleep, and at last anything. See README.md, "Waiting on the stack". */
export class StackWait {
  readonly #worker: WorkerPort;
  readonly #station: Station;
  readonly #hunting: Hunting;
  readonly #promotion: Promotion;
  readonly #supply: Supply;
  readonly #watch: RestWatch;
  readonly #i32: Int32Array;
  readonly #slot: number;
  #fruitless = 0;
  #runsBefore = 0;
  #nested = 0;

  constructor(worker: WorkerPort, hunting: Hunting, promotion: Promotion, supply: Supply, slots: number) {
    this.#worker = worker;
    this.#station = worker.station;
    this.#hunting = hunting;
    this.#promotion = promotion;
    this.#supply = supply;
    this.#i32 = worker.station.mem.i32;
    this.#slot = worker.station.slot;
    this.#watch = new RestWatch(this.#i32, slots, this.#slot);
  }

  help(awaited: Future<unknown> | Scope, done: () => boolean): boolean {
    if (this.#worker.receive() || done()) return this.#hunting.found();
    this.#worker.noticeCancellation();
    const frame = syncFrame()!;
    if (this.#station.stealable() > 0 && this.#takeBack(frame)) return true;
    const descends = (cell: number): boolean => this.#supply.mayNest(cell) && this.#cellDescendsFrom(cell, frame);
    const stolen = this.#supply.takeSent(descends) || this.#hunting.steal(descends, 1);
    if (stolen !== 0) return this.#supply.execute(stolen);
    if (readySteps() > 0) {
      this.#hunting.found();
      return false;
    }
    this.#hunting.becomeHungry();
    const runs = bodiesRun();
    if (runs !== this.#runsBefore) this.#hunting.rounds = 0; // the stack has run something of its own meanwhile
    this.#runsBefore = runs;
    if (this.#hunting.rounds++ < this.#hunting.mostRounds) {
      this.#hunting.watchForWork();
      return true;
    }
    if (this.#runFromElsewhere()) return true;
    this.#promotion.stock(1024); // what this stack may not run, others should
    giveAside((future) => this.#promotion.promote(future));
    if (needsThisLoop(chainFrom(awaited)) || this.#needsThisStack(awaited)) this.#giveUp(awaited);
    this.#worker.tellLoop(false);
    const late = this.#hunting.announceNested(descends);
    if (late !== 0) return this.#supply.execute(late);
    if (this.#station.hasMail() || this.#worker.cancellationIsNew() || load(this.#i32, Control.STOP) !== 0) {
      retract(this.#i32, this.#slot);
    } else this.#sleepNested(awaited);
    if (load(this.#i32, Control.STOP) !== 0) throw new InvariantError("the runtime was stopped");
    return true;
  }

  /** Runs a promoted task that descends from `frame` and that nobody has taken. */
  #takeBack(frame: Frame): boolean {
    const began = performance.now();
    const accept = ({ def, more }: Future<unknown>): boolean =>
      def.body !== Body.ASYNC && this.#cellDescendsFrom(more!.cell, frame); // by way of a task that this stack has stolen back as well
    if (!this.#supply.popOwn(accept)) return false;
    if (performance.now() - began < WORTH_MS) this.#station.promoteRarely();
    return true;
  }

  /**
   * Asleep on a waiting stack. As long as there is work that nobody takes, only for a while: when that has happened a few times
   * every other worker waits as well, and running what does not descend from this stack is better than waiting for ever.
   */
  #sleepNested(awaited: Future<unknown> | Scope): void {
    const before = this.#station.counters.home;
    const leftover = privateTasks() > 0 || thread.passedLocal || this.#supply.sent > 0 || this.#hunting.seemsAnyInRings();
    this.#worker.sleep(Park.NESTED, leftover ? NESTED_MS : LOOK_MS);
    if (!leftover || this.#station.counters.home !== before) this.#fruitless = 0;
    else if (++this.#fruitless >= MOST_FRUITLESS && this.#runStranger()) this.#fruitless = MOST_FRUITLESS;
    const rested = this.#watch.look();
    if (rested < STUCK_ASYNC_MS || this.#station.hasMail()) return;
    if (needsFreeWorker(chainFrom(awaited)) || (rested >= STUCK_MS && (leftover || this.#watch.somethingIsHeldUp())))
      this.#giveUpAlone(awaited);
  }

  /** The one of several that could give up which does: what it then runs may be what the others wait for. */
  #giveUpAlone(awaited: Future<unknown> | Scope): void {
    if (compareExchange(this.#i32, Control.GIVING_UP, 0, this.#slot) !== 0) return;
    const alone = this.#watch.look() >= STUCK_ASYNC_MS;
    if (alone) noteActivity(this.#i32, this.#slot);
    store(this.#i32, Control.GIVING_UP, 0);
    if (alone) this.#giveUp(awaited);
  }

  #giveUp(awaited: Future<unknown> | Scope): never {
    this.#hunting.found();
    this.#fruitless = 0;
    throw stuckError(nameOf(runningTask()!), awaited, chainFrom(awaited), this.#needsThisStack(awaited));
  }

  /** What is awaited is a call of an object that is at another one, which cannot go on before this stack is free. */
  #needsThisStack(awaited: Future<unknown> | Scope): boolean {
    const held = this.#objectsHeld();
    if (held.size === 0) return false;
    const ofScope = awaited instanceof Scope ? this.#station.futuresOut().filter((it) => it.scope === awaited) : [];
    return [...ofScope, ...chainFrom(awaited).slice(-1)].some((it) => waitsForOneOf(held, it));
  }

  /** The objects at a call that needs this stack, or the event loop that it stops. */
  #objectsHeld(): Set<number> {
    const calls = this.#worker.guests.calls();
    const held = new Set(this.#supply.sent > 0 ? this.#supply.objectsOfAsyncCalls() : []);
    for (let before = -1; before !== held.size; ) {
      before = held.size;
      for (const { call, object } of calls) if (cannotGoOn(call, held)) held.add(object);
    }
    return held;
  }

  /** Runs something that does not descend from the waiting stack, which stays as it is. */
  #runStranger(): boolean {
    if (readySteps() > 0) {
      this.#hunting.found();
      if (stepReady()) return true;
    }
    const oldest = takeOldestToNest();
    if (oldest !== null) {
      this.#hunting.found();
      begin(oldest);
      return true;
    }
    if (this.#supply.popOwn((future) => future.def.body !== Body.ASYNC)) return true;
    this.#worker.imports.runNow();
    const mayNest = (cell: number): boolean => this.#supply.mayNest(cell);
    const cell = this.#supply.takeSent(mayNest) || this.#hunting.steal(mayNest, 0);
    return cell !== 0 && this.#supply.execute(cell);
  }

  /**
   * Runs a task from another place on this stack, which has nothing to do: at that place somebody may wait like this for whoever is
   * free here. No more than a few such tasks on top of each other.
   */
  #runFromElsewhere(): boolean {
    if (this.#nested === MOST_NESTED) return false;
    const call = this.#supply.sent === 0 ? 0 : this.#supply.takeSent((cell) => this.#isCall(cell) && this.#supply.mayNest(cell));
    if (call !== 0) return this.#executeNested(call);
    const slot = this.#i32[Control.COMMUNICATION]!;
    if (slot === 0) return false;
    for (const thieves of this.#hunting.thieves) {
      const thief = thieves[slot]!;
      if (thief.looksEmpty()) continue;
      this.#worker.imports.runNow();
      const cell = thief.steal((it) => this.#supply.mayNest(it));
      if (cell <= 0) continue;
      this.#i32[(cell >>> 2) + Cell.THIEF] = this.#slot;
      this.#hunting.stolen++;
      return this.#executeNested(cell);
    }
    return false;
  }

  #executeNested(cell: number): true {
    this.#nested++;
    try {
      return this.#supply.execute(cell);
    } finally {
      this.#nested--;
    }
  }

  /** Calls of the objects that live in this thread, which nobody else can run. */
  #isCall(cell: number): boolean {
    return (this.#i32[cellWord(cell) + Cell.FLAGS]! & CellFlag.OBJECT) !== 0;
  }

  /** Whether the cell was promoted, perhaps by way of other thieves, from a task that descends from `frame` here. */
  #cellDescendsFrom(cell: number, frame: Frame): boolean {
    let tag = cell; // an own cell can lie in the ring of the communication thread
    for (let hops = 0; tag !== 0 && hops < 16; hops++) {
      const future = this.#station.futureOf(tag);
      if (future !== undefined && descendsFrom(future, frame)) return true;
      tag = this.#i32[cellWord(tag) + Cell.TAG]! >>> 0;
    }
    return false;
  }
}

/** It is a call of an object that is at another one, and has to wait for that. */
function waitsForOneOf(held: ReadonlySet<number>, { state, more }: Future<unknown>): boolean {
  const object = more?.options?.object;
  return state < State.DONE && object?.exclusive === true && held.has(object.id);
}

function cannotGoOn(call: Future<unknown>, held: ReadonlySet<number>): boolean {
  if (call.def.body !== Body.GENERATOR) return true;
  const chain = chainFrom(call);
  return needsThisLoop(chain) || waitsForOneOf(held, chain.at(-1)!);
}

function descendsFrom(future: Future<unknown>, frame: Frame): boolean {
  for (let up = future.owner; up !== null; up = up.owner) if (up === frame) return true;
  return false;
}
