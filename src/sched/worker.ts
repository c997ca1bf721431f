/**
 * A worker: the loop that finds work and runs it, and the port through which its tasks meet other threads.
 * See README.md.
 */
import { InvariantError } from "../errors.ts";
import { getPlatform, type ThreadStart } from "../platform/platform.ts";
import { compareExchange, load, store } from "../shared/atomics.ts";
import { Cell, CellFlag, cellWord } from "../shared/cell.ts";
import { Control, Slot, slotWord } from "../shared/layout.ts";
import { MessageKind } from "../shared/mailbox.ts";
import { attachMemory } from "../shared/memory.ts";
import { ParkReason } from "../trace/events.ts";
import { attachHeap } from "./attach.ts";
import { begin, type Frame, type Future, runningTask } from "./core.ts";
import { Body, type SpawnOptions } from "./definition.ts";
import { compact, giveAside, runAbove, takeAside, takeOldestToNest } from "./deque.ts";
import { director, identityOf } from "./direct.ts";
import { Guests } from "./guests.ts";
import { setHere } from "./here.ts";
import { Hunting } from "./hunting.ts";
import { Imports } from "./imports.ts";
import { nameOf } from "./more.ts";
import { announce, Park, retract, sleep, sleepAsync, wake } from "./parking.ts";
import type { Port } from "./port.ts";
import { ENOUGH, Promotion } from "./promotion.ts";
import { Loop, noteActivity, noteClock, RestWatch, workingSlots } from "./rest.ts";
import { Scope } from "./scope.ts";
import { State } from "./state.ts";
import { PRIORITY, Station } from "./station.ts";
import { publishCounters, publishPrivate } from "./stats.ts";
import { chainFrom, needsFreeWorker, needsThisLoop, stuckError } from "./stuck.ts";
import { asyncRunning, loopGoesOn, readySteps, stepOf, stepReady } from "./suspend.ts";
import { attachPort, bodiesRun, privateTasks, syncFrame, thread } from "./thread.ts";
import { tracer } from "./tracing.ts";

/** Tasks that take longer (ms) than this are coarse: the stealable part is kept stocked for the time they run. */
const COARSE_MS = 0.02;
const VERY_COARSE_MS = 0.1;
/** How often (ms) the clock is to be read. */
const TICK_MS = 0.3;
const MOST_TICK_RUNS = 4096;
/** How often (ms) a worker that does not sleep publishes its figures. */
const PUBLISH_MS = 100;
/** How long (ms) a waiting stack sleeps while there is work that it may not run, and how often before it does. */
const NESTED_MS = 10;
const MOST_FRUITLESS = 3;
/** How long it sleeps at most: nobody wakes it for new work that does not descend from it. */
const LOOK_MS = 100;
/** When nobody has done anything for so long (ms), a wait is given up: one for an async task that no worker is free to begin; any other. */
const STUCK_ASYNC_MS = 100;
const STUCK_MS = 1000;
/** So many tasks from other places may lie on top of each other on a waiting stack. */
const MOST_NESTED = 32;
/** So many callbacks of promises, one after the other, come to an end before the worker sleeps. */
const PROMISE_HOPS = 16;
/** While async tasks are suspended here, the event loop turns at least this often (ms). */
const SLICE_MS = 1;

type Turn = "stop" | "idle" | "yield" | "import";

export class WorkerPort implements Port {
  readonly station: Station;
  readonly guests: Guests;
  readonly imports: Imports;
  readonly #i32: Int32Array;
  readonly #slot: number;
  /** The client's and the workers'. */
  readonly #slots: number;
  readonly #hunting: Hunting;
  readonly #promotion: Promotion;
  readonly counters = { parked: 0, home: () => this.station.counters.home };
  readonly #watch: RestWatch;
  #fruitless = 0;
  readonly #suspects: Future<unknown>[] = [];
  #runsBefore = 0;
  #lastTick = 0;
  #published = 0;
  #lastInterval = 1;
  #epoch = 0;

  constructor(start: ThreadStart) {
    const mem = attachMemory(start.memory);
    const { map, heap } = attachHeap(mem, start.slots, start.slot, true);
    this.#i32 = mem.i32;
    this.#slot = start.slot;
    this.#slots = workingSlots(mem.i32, start.slots);
    this.station = new Station(mem, map, start.slot, heap, this, (id) => this.imports.definition(id));
    this.#hunting = new Hunting(mem, start.slot, this.#slots, start.slots);
    this.#promotion = new Promotion(this.station, this.#hunting, this.#slots);
    this.imports = new Imports(this.station.functions);
    this.guests = new Guests(this.station, this.imports, () => {
      if (thread.top === thread.at + 1 && readySteps() === 0) this.#hunting.becomeHungry();
    });
    this.#watch = new RestWatch(mem.i32, this.#slots, start.slot);
    store(mem.i32, slotWord(start.slot) + Slot.STARTED, 1);
    this.station.receivers.set(MessageKind.CELL, (cell) => {
      this.#i32[cellWord(cell) + Cell.THIEF] = this.#slot; // should this thread die, the one that replaces it gets the cell
      this.#incoming.push(cell);
    });
    this.station.receivers.set(MessageKind.CALL, (cell) => {
      this.#i32[cellWord(cell) + Cell.KIND] = MessageKind.CELL;
      this.#i32[cellWord(cell) + Cell.THIEF] = this.#slot;
      this.#incoming.push(cell);
    });
  }

  /** Cells that were sent to this worker by affinity, oldest first. */
  readonly #incoming: number[] = [];

  // ---- promotion -------------------------------------------------------------------------------------------------

  feed(atOnce: boolean): void {
    this.#promotion.feed(atOnce);
  }

  share(): void {
    this.#promotion.share();
  }

  divert(future: Future<unknown>, options: SpawnOptions): boolean {
    return this.#promotion.divert(future, options);
  }

  glance(): void {
    if (this.#receive()) this.#hunting.found();
  }

  tick(): number {
    const now = performance.now();
    const each = (now - this.#lastTick) / this.#lastInterval;
    this.#lastTick = now;
    noteClock(this.station.mem.f64, this.#slot, now);
    if (now - this.#published > PUBLISH_MS) {
      this.#published = now;
      this.publish();
    }
    if (this.#i32[Control.CANCEL_EPOCH] !== this.#epoch) this.lookForCancellation();
    this.#receive();
    if (each > COARSE_MS) this.#promotion.stock(each > VERY_COARSE_MS ? 1024 : 4 * this.#slots);
    else if (this.#hunting.othersAreHungry()) this.#promotion.stock(ENOUGH);
    this.#lastInterval = Math.max(1, Math.min(MOST_TICK_RUNS, this.#lastInterval * 2, Math.round(TICK_MS / each) || 1));
    return this.#lastInterval;
  }

  #receive(): boolean {
    const came = this.station.receive();
    this.#promotion.flushBacklog();
    return came;
  }

  // ---- waiting on the stack ----------------------------------------------------------------------------------------

  help(awaited: Future<unknown> | Scope, done: () => boolean): boolean {
    if (director?.replaying === true) return this.#helpAsRecorded(done);
    if (this.#receive() || done()) return this.#hunting.found();
    if (this.#i32[Control.CANCEL_EPOCH] !== this.#epoch) this.lookForCancellation();
    const frame = syncFrame()!;
    if (this.#popOwn((future) => future.def.body !== Body.ASYNC && descendsFrom(future, frame))) return true;
    const descends = (cell: number): boolean => this.#mayNest(cell) && this.#cellDescendsFrom(cell, frame);
    const stolen = this.#takeSent(descends) || this.#hunting.steal(descends, 1);
    if (stolen !== 0) return this.#execute(stolen);
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
    this.#tellLoop(false);
    announce(this.#i32, this.#slot, Park.NESTED);
    if (this.station.hasMail() || load(this.#i32, Control.CANCEL_EPOCH) !== this.#epoch || load(this.#i32, Control.STOP) !== 0) {
      retract(this.#i32, this.#slot);
    } else this.#sleepNested(awaited);
    if (load(this.#i32, Control.STOP) !== 0) throw new InvariantError("the runtime was stopped");
    return true;
  }

  /**
   * Asleep on a waiting stack. As long as there is work that nobody takes, only for a while: when that has happened a few times
   * every other worker waits as well, and running what does not descend from this stack is better than waiting for ever.
   */
  #sleepNested(awaited: Future<unknown> | Scope): void {
    const before = this.counters.home();
    const leftover = privateTasks() > 0 || thread.passedLocal || this.#incoming.length > 0 || this.#hunting.seemsAnyInRings();
    this.#sleep(Park.NESTED, leftover ? NESTED_MS : LOOK_MS);
    if (!leftover || this.counters.home() !== before) this.#fruitless = 0;
    else if (++this.#fruitless >= MOST_FRUITLESS && this.#runStranger()) this.#fruitless = MOST_FRUITLESS;
    const rested = this.#watch.look();
    if (rested < STUCK_ASYNC_MS || this.station.hasMail()) return;
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

  /** What is awaited is a call of an object whose method lies below on this stack, and has to end first. */
  #needsThisStack(awaited: Future<unknown> | Scope): boolean {
    const held = this.guests.objectsOnStack();
    if (held.length === 0) return false;
    const ends =
      awaited instanceof Scope ? this.station.futuresOut().filter((it) => it.scope === awaited) : chainFrom(awaited).slice(-1);
    return ends.some(({ state, more }) => {
      const object = more?.options?.object;
      return state < State.DONE && object?.exclusive === true && held.includes(object.id);
    });
  }

  /** Before sleep: whether the event loop of this thread has something to go on with. */
  #tellLoop(events: boolean): number {
    const loop = loopGoesOn() ? Loop.TASKS : events ? Loop.EVENTS : Loop.NOTHING;
    this.#i32[slotWord(this.#slot) + Slot.LOOP] = loop; // plain: published by the announcement
    return loop;
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
    if (this.#popOwn((future) => future.def.body !== Body.ASYNC)) return true;
    this.imports.runNow();
    const mayNest = (cell: number): boolean => this.#mayNest(cell);
    const cell = this.#takeSent(mayNest) || this.#hunting.steal(mayNest, 0);
    return cell !== 0 && this.#execute(cell);
  }

  #nested = 0;

  /**
   * Runs a task from another place on this stack, which has nothing to do: at that place somebody may wait like this for whoever is
   * free here. No more than a few such tasks on top of each other.
   */
  #runFromElsewhere(): boolean {
    if (this.#nested === MOST_NESTED) return false;
    const call = this.#incoming.length === 0 ? 0 : this.#takeSent((cell) => this.#isCall(cell) && this.#mayNest(cell));
    if (call !== 0) return this.#executeNested(call);
    const slot = this.#i32[Control.COMMUNICATION]!;
    if (slot === 0) return false;
    for (const thieves of this.#hunting.thieves) {
      const thief = thieves[slot]!;
      if (thief.looksEmpty()) continue;
      this.imports.runNow();
      const cell = thief.steal((it) => this.#mayNest(it));
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
      return this.#execute(cell);
    } finally {
      this.#nested--;
    }
  }

  /** Calls of the objects that live in this thread, which nobody else can run. */
  #isCall(cell: number): boolean {
    return (this.#i32[cellWord(cell) + Cell.FLAGS]! & CellFlag.OBJECT) !== 0;
  }

  /** Whether a waiting stack may begin this cell: not an async task, which needs the event loop that the stack blocks. */
  #mayNest(cell: number): boolean {
    return this.imports.complete() && this.imports.definition(this.#i32[cellWord(cell) + Cell.FUNCTION]!).body !== Body.ASYNC;
  }

  /** The oldest of the cells that were sent here which `accept` says yes to, or 0. */
  #takeSent(accept: (cell: number) => boolean): number {
    const at = this.#incoming.findIndex(accept);
    return at < 0 ? 0 : this.#incoming.splice(at, 1)[0]!;
  }

  #sleep(kind: number, timeout?: number): void {
    this.counters.parked++;
    this.publish();
    tracer.parks(kind === Park.NESTED ? ParkReason.JOIN : ParkReason.IDLE);
    sleep(this.#i32, this.#slot, kind, timeout);
    tracer.unparks();
    this.#lastInterval = 1;
  }

  /** Takes back the newest cell of an own ring, if `accept` says yes to its future, and runs it. */
  #popOwn(accept: (future: Future<unknown>) => boolean): boolean {
    for (const ring of this.station.rings) {
      if (ring.size() <= 0) continue;
      const newest = ring.peek();
      if (newest === 0) continue;
      const future = this.station.futureOf(newest);
      if (future === undefined || !accept(future)) continue;
      const cell = ring.pop();
      if (cell === 0) continue;
      if (cell !== newest) throw new InvariantError("a ring changed under its owner");
      this.#hunting.found();
      if (this.station.takeBack(cell, future)) begin(future);
      return true;
    }
    return false;
  }

  /** Whether the cell was promoted, perhaps by way of other thieves, from a task that descends from `frame` here. */
  #cellDescendsFrom(cell: number, frame: Frame): boolean {
    let tag = cell; // an own cell can lie in the ring of the communication thread
    for (let hops = 0; tag !== 0 && hops < 16; hops++) {
      const future = this.station.futureOf(tag);
      if (future !== undefined && descendsFrom(future, frame)) return true;
      tag = this.#i32[cellWord(tag) + Cell.TAG]! >>> 0;
    }
    return false;
  }

  // ---- the loop ----------------------------------------------------------------------------------------------------

  /** Runs all that can be run; says why it stopped. */
  turn(): Turn {
    if (director?.replaying === true) return this.#turnAsRecorded();
    let began = 0;
    for (;;) {
      if (load(this.#i32, Control.STOP) !== 0) return "stop";
      if (this.#i32[Control.CANCEL_EPOCH] !== this.#epoch) this.lookForCancellation();
      if (this.#receive()) noteActivity(this.#i32, this.#slot);
      if (!this.#runOne()) return this.imports.pending() ? "import" : "idle";
      if (this.station.objects.wantsTurn()) return "yield";
      if (asyncRunning() > 0) {
        const now = performance.now();
        if (began === 0) began = now;
        else if (now - began > SLICE_MS) return "yield";
      }
    }
  }

  // ---- following a record, see ../replay/README.md ---------------------------------------------------------------------

  #turnAsRecorded(): Turn {
    for (;;) {
      if (load(this.#i32, Control.STOP) !== 0) return "stop";
      if (this.#i32[Control.CANCEL_EPOCH] !== this.#epoch) this.lookForCancellation();
      if (this.#receive()) noteActivity(this.#i32, this.#slot);
      if (this.imports.pending()) return "import";
      const did = this.#nextAsRecorded();
      if (director!.replaying === false) return this.turn();
      if (did === "loop") return "yield";
      // The event loop may bring what is missing.
      if (did === false && director!.pause() && (asyncRunning() > 0 || getPlatform().hasPendingEvents())) return "yield";
    }
  }

  #helpAsRecorded(done: () => boolean): boolean {
    if (this.#receive() || done()) return true;
    if (this.#i32[Control.CANCEL_EPOCH] !== this.#epoch) this.lookForCancellation();
    if (this.#nextAsRecorded() !== true) director!.pause();
    if (load(this.#i32, Control.STOP) !== 0) throw new InvariantError("the runtime was stopped");
    return true;
  }

  /** Does what the record says is next for this thread; false when that is not there yet. */
  #nextAsRecorded(): boolean | "loop" {
    const next = director!.next();
    if (next === null) return false;
    const { kind, id } = next;
    if (kind === "mail") return director!.takeMail();
    if (kind === "step") return stepOf((future) => identityOf(future) === id);
    if (kind === "loop") return "loop";
    if (kind === "other") {
      if (thread.at < 0 && (asyncRunning() > 0 || getPlatform().hasPendingEvents())) return "loop"; // it is up to async tasks
      director!.diverged("it has nothing to run");
      return false;
    }
    const local = director!.takeLocal(id) as Future<unknown> | null;
    if (local !== null) {
      this.#hunting.found();
      begin(local);
      return true;
    }
    const cell = this.#takeSent(
      (it) => this.imports.complete() && this.station.mem.f64[(cellWord(it) + Cell.VALUES) >>> 1] === id,
    );
    return cell !== 0 && this.#execute(cell);
  }

  readonly #acceptAny = (): boolean => this.imports.complete();

  #runOne(): boolean {
    if (this.#i32[Control.URGENT] !== 0 && this.#runUrgent()) return true;
    if (readySteps() > 0 || thread.top > 0) {
      this.#hunting.found();
      if (stepReady() || runAbove(0)) return true;
    }
    compact();
    if (this.#popOwn((future) => future.more?.options?.priority !== "low")) return true;
    const cell = (this.imports.complete() ? this.#incoming.shift() : undefined) ?? this.#hunting.steal(this.#acceptAny, 0);
    if (cell !== 0) return this.#execute(cell);
    const aside = takeAside();
    if (aside === null) return this.#popOwn(() => true);
    this.#hunting.found();
    begin(aside);
    return true;
  }

  #execute(cell: number): true {
    this.#hunting.found();
    this.guests.execute(cell);
    return true;
  }

  /** Runs a task of high priority, own or others'. */
  #runUrgent(): boolean {
    if (this.#popOwn((future) => future.more?.options?.priority === "high")) return true;
    if (!this.imports.complete()) return false;
    const urgent = this.#hunting.thieves.slice(PRIORITY.high, PRIORITY.normal);
    const cell = this.#hunting.steal(() => true, 0, urgent);
    if (cell !== 0) return this.#execute(cell);
    store(this.#i32, Control.URGENT, 0);
    if (urgent.some((thieves) => thieves.some((thief) => !thief.isEmpty()))) store(this.#i32, Control.URGENT, 1);
    return false;
  }

  /** A look with atomic loads at everything that could be work, between announcing sleep and sleeping. */
  #anyWork(): boolean {
    if (this.station.hasMail() || readySteps() > 0 || thread.top > 0 || this.#incoming.length > 0) return true;
    if (load(this.#i32, Control.STOP) !== 0 || load(this.#i32, Control.CANCEL_EPOCH) !== this.#epoch) return true;
    return this.#hunting.anyInRings();
  }

  async run(): Promise<void> {
    const platform = getPlatform();
    for (;;) {
      const why = this.turn();
      if (why === "stop") break;
      if (why === "import") {
        this.#hunting.stopSpinning();
        tracer.parks(ParkReason.IMPORT);
        await this.imports.run();
        tracer.unparks();
        noteActivity(this.#i32, this.#slot);
        continue;
      }
      if (why === "yield") {
        director?.turnsLoop();
        await platform.macrotask();
        continue;
      }
      if (this.#suspects.length > 0) this.#reportSuspects();
      if (thread.promiseJobs) {
        thread.promiseJobs = false;
        // Callbacks of `then` run, which may put a promise or spawn. Not a turn of the event loop: what modules have begun on it is to stay asleep.
        for (let hop = 0; hop < PROMISE_HOPS; hop++) await null;
        continue;
      }
      this.#hunting.becomeHungry();
      if (asyncRunning() === 0 && this.#hunting.spin()) continue;
      this.#lastInterval = 1;
      this.#hunting.stopSpinning();
      const turning = asyncRunning() > 0 || platform.hasPendingEvents();
      if (turning) {
        director?.turnsLoop();
        await platform.macrotask();
        if (this.#anyWork()) continue;
      }
      const loop = this.#tellLoop(turning);
      announce(this.#i32, this.#slot, Park.IDLE);
      if (this.#anyWork()) {
        retract(this.#i32, this.#slot);
        continue;
      }
      if (loop !== Loop.TASKS && load(this.#i32, Control.ASKS_REST) !== 0) wake(this.#i32, 0);
      if (turning) {
        this.publish();
        tracer.parks(ParkReason.EVENTS);
        director?.turnsLoop();
        await sleepAsync(this.#i32, this.#slot, Park.IDLE);
        tracer.unparks();
      } else this.#sleep(Park.IDLE);
    }
    this.station.heap.flush();
    this.publish();
    tracer.flush();
  }

  localWork(): void {
    wake(this.#i32, this.#slot);
  }

  publish(): void {
    publishCounters(this.station.mem, this.#slot, {
      executed: bodiesRun(),
      promoted: this.station.counters.promoted,
      stolen: this.#hunting.stolen,
      parked: this.counters.parked,
    });
    publishPrivate(this.station.mem, this.#slot, privateTasks());
  }

  // ---- failures and cancellation -----------------------------------------------------------------------------------

  expectResult(): void {}

  /** What no task owns may yet be looked at by one that is ready to run. */
  unhandled(future: Future<unknown>): void {
    if (future.owner === null) this.#suspects.push(future);
    else this.guests.reportUnhandled(future);
  }

  #reportSuspects(): void {
    for (const future of this.#suspects.splice(0)) if (future.more?.observed !== true) this.guests.reportUnhandled(future);
  }

  cancelPromoted(future: Future<unknown>): void {
    this.station.cancelPromoted(future);
  }

  cancelPromotedBelow(below: (frame: Frame) => boolean, reason: unknown): void {
    this.station.cancelPromotedBelow(below, reason);
  }

  lookForCancellation(): void {
    this.#epoch = load(this.#i32, Control.CANCEL_EPOCH);
    noteActivity(this.#i32, this.#slot);
    this.guests.lookForCancellation();
    this.station.lookForFailures();
  }
}

function descendsFrom(future: Future<unknown>, frame: Frame): boolean {
  for (let up = future.owner; up !== null; up = up.owner) if (up === frame) return true;
  return false;
}

/** The life of a worker thread: resolves when the runtime stops. */
export async function runWorker(start: ThreadStart, onReady: () => void): Promise<void> {
  const port = new WorkerPort(start);
  if (start.trace !== undefined) (await import("./trace-start.ts")).traceWorker(start.trace, port.station);
  attachPort(port, port.station.mem.i32);
  setHere(port.station);
  onReady();
  await port.run();
}
