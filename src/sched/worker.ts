/**
 * A worker: the loop that finds work and runs it, and the port through which its tasks meet other threads.
 * See README.md.
 */
import { getPlatform, type ThreadStart } from "../platform/platform.ts";
import { load, store } from "../shared/atomics.ts";
import { Control, Slot, slotWord } from "../shared/layout.ts";
import { attachMemory } from "../shared/memory.ts";
import { ParkReason } from "../trace/events.ts";
import { attachHeap } from "./attach.ts";
import { begin, type Frame, type Future } from "./core.ts";
import type { SpawnOptions } from "./definition.ts";
import { compact, forgetEnded, runAbove, takeAside } from "./deque.ts";
import { director } from "./direct.ts";
import { Following } from "./following.ts";
import { Guests } from "./guests.ts";
import { setHere } from "./here.ts";
import { Hunting } from "./hunting.ts";
import { Imports } from "./imports.ts";
import { announce, Park, retract, sleep, sleepAsync, wake } from "./parking.ts";
import type { Port } from "./port.ts";
import { ENOUGH, Promotion } from "./promotion.ts";
import { Loop, noteActivity, noteClock, workingSlots } from "./rest.ts";
import type { Scope } from "./scope.ts";
import { StackWait } from "./stack-wait.ts";
import { PRIORITY, Station } from "./station.ts";
import { publishCounters, publishPrivate } from "./stats.ts";
import { Supply } from "./supply.ts";
import { asyncRunning, loopGoesOn, readySteps, stepReady } from "./suspend.ts";
import { attachPort, bodiesRun, privateTasks, thread } from "./thread.ts";
import { tracer } from "./tracing.ts";

/** Tasks that take longer (ms) than this are coarse: the stealable part is kept stocked for the time they run. */
const COARSE_MS = 0.02;
const VERY_COARSE_MS = 0.1;
/** How often (ms) the clock is to be read. */
const TICK_MS = 0.3;
const MOST_TICK_RUNS = 4096;
/** How often (ms) a worker that does not sleep publishes its figures. */
const PUBLISH_MS = 100;
/** So many callbacks of promises, one after the other, come to an end before the worker sleeps. */
const PROMISE_HOPS = 16;
/** While async tasks are suspended here, the event loop turns at least this often (ms). */
const SLICE_MS = 1;

/** Why the loop of a worker stops. */
export type Turn = "stop" | "idle" | "yield" | "import";

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
  readonly #supply: Supply;
  readonly #stack: StackWait;
  readonly #following: Following;
  #parked = 0;
  readonly #suspects: Future<unknown>[] = [];
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
    this.#supply = new Supply(this.station, this.imports, this.guests, this.#hunting);
    this.#stack = new StackWait(this, this.#hunting, this.#promotion, this.#supply, this.#slots);
    this.#following = new Following(this, this.#hunting, this.#supply);
    noteClock(mem.f64, start.slot, performance.now());
    store(mem.i32, slotWord(start.slot) + Slot.STARTED, 1);
  }

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
    if (this.receive()) this.#hunting.found();
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
    this.noticeCancellation();
    if (director === null) this.receive(); // a record says what was taken in before a body, but not before or behind its arguments
    if (each > COARSE_MS) this.#promotion.stock(each > VERY_COARSE_MS ? 1024 : 4 * this.#slots);
    else if (this.#hunting.othersAreHungry()) this.#promotion.stock(ENOUGH);
    this.#lastInterval = Math.max(1, Math.min(MOST_TICK_RUNS, this.#lastInterval * 2, Math.round(TICK_MS / each) || 1));
    return this.#lastInterval;
  }

  /** Takes in all mail; whether there was any. */
  receive(): boolean {
    const came = this.station.receive();
    this.#promotion.flushBacklog();
    return came;
  }

  // ---- sleeping and waiting ----------------------------------------------------------------------------------------

  help(awaited: Future<unknown> | Scope, done: () => boolean): boolean {
    return director?.replaying === true ? this.#following.help(done) : this.#stack.help(awaited, done);
  }

  /** Before sleep: whether the event loop of this thread has something to go on with. */
  tellLoop(events: boolean): number {
    const loop = loopGoesOn() ? Loop.TASKS : events ? Loop.EVENTS : Loop.NOTHING;
    this.#i32[slotWord(this.#slot) + Slot.LOOP] = loop; // plain: published by the announcement
    return loop;
  }

  sleep(kind: number, timeout?: number): void {
    this.#parked++;
    this.publish();
    tracer.parks(kind === Park.NESTED ? ParkReason.JOIN : ParkReason.IDLE);
    sleep(this.#i32, this.#slot, kind, timeout);
    tracer.unparks();
    this.#lastInterval = 1;
  }

  // ---- the loop ----------------------------------------------------------------------------------------------------

  /** Runs all that can be run; says why it stopped. */
  turn(): Turn {
    if (director?.replaying === true) return this.#following.turn();
    let began = 0;
    for (;;) {
      if (load(this.#i32, Control.STOP) !== 0) return "stop";
      this.noticeCancellation();
      if (this.receive()) noteActivity(this.#i32, this.#slot);
      if (!this.#runOne()) return this.imports.pending() ? "import" : "idle";
      if (this.station.objects.wantsTurn()) return "yield";
      if (asyncRunning() > 0) {
        const now = performance.now();
        if (began === 0) began = now;
        else if (now - began > SLICE_MS) return "yield";
      }
    }
  }

  readonly #acceptAny = (): boolean => this.imports.complete();

  #runOne(): boolean {
    if (this.#i32[Control.URGENT] !== 0 && this.#runUrgent()) return true;
    if (readySteps() > 0 || thread.top > 0) {
      this.#hunting.found();
      if (stepReady() || runAbove(0)) return true;
    }
    compact();
    if (this.#supply.popOwn((future) => future.more?.options?.priority !== "low")) return true;
    const cell = (this.imports.complete() && this.#supply.shiftSent()) || this.#hunting.steal(this.#acceptAny, 0);
    if (cell !== 0) return this.#supply.execute(cell);
    const aside = takeAside();
    if (aside === null) return this.#supply.popOwn(() => true);
    this.#hunting.found();
    begin(aside);
    return true;
  }

  /** Runs a task of high priority, own or others'. */
  #runUrgent(): boolean {
    if (this.#supply.popOwn((future) => future.more?.options?.priority === "high")) return true;
    if (!this.imports.complete()) return false;
    const urgent = this.#hunting.thieves.slice(PRIORITY.high, PRIORITY.normal);
    const cell = this.#hunting.steal(() => true, 0, urgent);
    if (cell !== 0) return this.#supply.execute(cell);
    store(this.#i32, Control.URGENT, 0);
    if (urgent.some((thieves) => thieves.some((thief) => !thief.isEmpty()))) store(this.#i32, Control.URGENT, 1);
    return false;
  }

  /** A look with atomic loads at everything that could be work, between announcing sleep and sleeping. */
  #anyWork(): boolean {
    if (this.station.hasMail() || readySteps() > 0 || thread.top > 0 || this.#supply.sent > 0) return true;
    if (load(this.#i32, Control.STOP) !== 0 || this.cancellationIsNew()) return true;
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
      forgetEnded();
      this.#hunting.stopSpinning();
      const turning = asyncRunning() > 0 || platform.hasPendingEvents();
      if (turning) {
        director?.turnsLoop();
        await platform.macrotask();
        if (this.#anyWork()) continue;
      }
      const loop = this.tellLoop(turning);
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
      } else this.sleep(Park.IDLE);
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
      parked: this.#parked,
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

  /** Whether anything was cancelled that this thread has not looked at. */
  cancellationIsNew(): boolean {
    return load(this.#i32, Control.CANCEL_EPOCH) !== this.#epoch;
  }

  /** The same between two tasks, by a plain look; then it looks at it. */
  noticeCancellation(): void {
    if (this.#i32[Control.CANCEL_EPOCH] !== this.#epoch) this.lookForCancellation();
  }

  lookForCancellation(): void {
    this.#epoch = load(this.#i32, Control.CANCEL_EPOCH);
    noteActivity(this.#i32, this.#slot);
    this.guests.lookForCancellation();
    this.station.lookForFailures();
  }
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
