/** Phasers, as tasks use them. The words in shared memory and their protocol: ../shared/phaser.ts. */
import { PhaserError, UsageError } from "../errors.ts";
import { Future, runningTask } from "../sched/core.ts";
import { Body, NO_TASK } from "../sched/definition.ts";
import { DutyKind } from "../sched/duties.ts";
import { nameOf, rareOf } from "../sched/more.ts";
import type { Entry } from "../sched/objects.ts";
import { Scope } from "../sched/scope.ts";
import { settle } from "../sched/settling.ts";
import type { SpawnSite } from "../sched/spawn-site.ts";
import { State } from "../sched/state.ts";
import type { Station } from "../sched/station.ts";
import { readySteps } from "../sched/suspend.ts";
import { currentFrame, onlyFrame, syncFrame } from "../sched/thread.ts";
import type { PhaseName } from "../sched/tracing.ts";
import { tracer } from "../sched/tracing.ts";
import { wakeable } from "../sched/wakeable.ts";
import { watch } from "../sched/watch.ts";
import { pause } from "../shared/atomics.ts";
import { MessageKind } from "../shared/mailbox.ts";
import { Obj } from "../shared/object.ts";
import {
  advance,
  ENDED,
  enroll,
  handOver,
  isComplete,
  isExpected,
  leave,
  openTrunk,
  pendingOf,
  phaseOf,
  RECORD_BYTES,
  signal,
  trunkOf,
  tryJoin,
  waitFor,
} from "../shared/phaser.ts";
import { resultOf } from "../shared/waiters.ts";
import { FarNews, Ticket, tellAboutPhaser } from "./far-phaser.ts";
import { onLeaveBody } from "./finish.ts";
import { readOutcome } from "./outcome.ts";
import type { PhaserHome } from "./phaser-home.ts";

/** What a member of a phaser does in each phase. */
export type PhaserMode = "signal" | "wait" | "signalWait";

/** An action at the boundary between two phases; `phase` is the one that ends. */
export type Single = (phase: number) => void;

/**
 * The membership of one task. Plain data but for the phaser, since it travels with the task.
 * @internal
 */
export interface Registration {
  readonly phaser: Phaser;
  readonly mode: PhaserMode;
  /** Address of the record of a member that signals; 0 for one that only waits. */
  readonly record: number;
  /** The phase that it signals next. */
  signals: number;
  /** The phase whose end it waits for next. */
  waits: number;
  left: boolean;
}

/** The membership of a task that may run at another place: travels as such. `record` stands in for it here. @internal */
export class FarRegistration implements Registration {
  readonly phaser: Phaser;
  readonly mode: PhaserMode;
  readonly record: number;
  /** What is shared with the communication thread about it; 0 without a record. */
  readonly ticket: number;
  signals: number;
  waits: number;
  left = false;

  constructor({ phaser, mode, record, signals, waits }: Registration, ticket: number) {
    this.phaser = phaser;
    this.mode = mode;
    this.record = record;
    this.ticket = ticket;
    this.signals = signals;
    this.waits = waits;
  }
}

/** What a future waits for that `next` and `wait` return. */
export class Phase {
  readonly phaser: Phaser;
  /** The one whose beginning it waits for. */
  readonly phase: number;

  constructor(phaser: Phaser, phase: number) {
    this.phaser = phaser;
    this.phase = phase;
  }
}

/** The memberships of this thread that did not begin with a spawn, and whose they are: null outside of tasks. */
const memberships = new Map<Registration, Future<unknown> | null>();
/** @internal */
export const membershipsHere = (): ReadonlyMap<Registration, Future<unknown> | null> => memberships;

const signals = (mode: PhaserMode): boolean => mode !== "wait";
const waits = (mode: PhaserMode): boolean => mode !== "signal";

/**
 * A barrier in phases that tasks join and leave (Habanero's phaser). A phase ends when every member that signals has signalled
 * it; then those that wait for it go on. Make one with `phaser()`, register tasks when they are spawned:
 * `task.with({ phased: [ph] }).spawn(..., ph)`.
 */
export class Phaser {
  readonly #home: PhaserHome;
  /** @internal */ block: number;
  /** Null in serial mode. @internal */ entry: Entry | null = null;
  readonly #byTask = new WeakMap<Future<unknown>, Registration>();
  #outside: Registration | null = null;
  #membersHere = 0;
  #acting = false;
  /** Where it was made, if it was made in this thread. @internal */ site: SpawnSite | undefined;

  /** @internal */
  constructor(home: PhaserHome, block: number) {
    if (home === undefined) throw new UsageError("new Phaser(): phasers are made by phaser()");
    this.#home = home;
    this.block = block;
  }

  /** The current phase, from 0; Infinity once no member is left that could signal. Never blocks. */
  get phase(): number {
    const phase = phaseOf(this.#home.i32, this.block);
    return phase === ENDED ? Number.POSITIVE_INFINITY : phase;
  }

  /**
   * Does what the member's mode says and goes on to its next phase: signals, waits until the phase has ended, or both. The
   * future holds the number of the phase that has begun. A member that has signalled before by `signal()` only waits: a
   * split-phase barrier.
   *
   * With `single`, exactly one of the members that called `next(single)` runs its action once all have signalled and before
   * anybody goes on. If the action throws, the future of that member fails, and the others go on.
   *
   * @throws PhaserError `HEDDLE_PHASER` when the task is not registered, or would wait in a plain task.
   */
  next(single?: Single): Future<number> {
    const mine = this.#mine("next()");
    if (single !== undefined && mine.mode !== "signalWait") {
      throw new PhaserError(`${who()} is registered in mode "${mine.mode}": next(single) needs mode "signalWait"`);
    }
    if (mine.mode === "signal") {
      this.#signal(mine);
      return this.#there(mine.signals, false);
    }
    refusePlain("next()");
    if (mine.mode === "wait" || mine.signals > mine.waits) {
      if (single !== undefined) {
        throw new PhaserError(`${who()} has signalled phase ${mine.waits} by signal(): an action has to come with the signal`);
      }
      return this.#wait(mine);
    }
    return this.#signalAndWait(mine, single ?? null);
  }

  /**
   * Signals the current phase without waiting. A member in mode "signal" may run ahead, any number of phases. Never blocks.
   *
   * @throws PhaserError `HEDDLE_PHASER` when the task is not registered or only waits, and in mode "signalWait" when it has
   * signalled already and not waited.
   */
  signal(): void {
    const mine = this.#mine("signal()");
    if (mine.mode === "wait") throw new PhaserError(`${who()} is registered in mode "wait" and cannot signal`);
    if (mine.mode === "signalWait" && mine.signals > mine.waits) {
      throw new PhaserError(
        `${who()} has signalled phase ${mine.waits} already; in mode "signalWait" it has to wait before it signals again: wait() or next()`,
      );
    }
    this.#signal(mine);
  }

  /**
   * Waits until the phase has ended that this member waits for next. The future holds the number of the phase that has begun.
   *
   * @throws PhaserError `HEDDLE_PHASER` when the task is not registered or only signals, when it would wait for its own
   * signal, and in a plain task.
   */
  wait(): Future<number> {
    const mine = this.#mine("wait()");
    if (mine.mode === "signal") throw new PhaserError(`${who()} is registered in mode "signal" and cannot wait`);
    refusePlain("wait()");
    if (mine.mode === "signalWait" && mine.signals === mine.waits) {
      throw new PhaserError(`${who()} would wait for its own signal: call signal() before wait(), or next() for both`);
    }
    return this.#wait(mine);
  }

  /**
   * Makes the running task a member from the current phase on, where it was not registered at its spawn. Does not wait for
   * tasks; while an action runs at the phase boundary it waits for that.
   *
   * @throws PhaserError `HEDDLE_PHASER` when the task is a member already, or wants to signal when the phaser has ended.
   */
  register(mode: PhaserMode = "signalWait"): void {
    checkMode(mode);
    const task = runningTask();
    if (this.#find(task) !== null) throw new PhaserError(`${who()} is registered with this phaser already`);
    const { i32 } = this.#home;
    let record = 0;
    let phase = phaseOf(i32, this.block);
    if (signals(mode)) {
      record = this.#home.alloc(RECORD_BYTES);
      for (phase = -1; phase === -1; this.#home.receive()) {
        if (this.#isBroken()) {
          this.#home.free(record);
          throw readOutcome(this.#home.station!, resultOf(i32, (this.block >>> 2) + Obj.HEAD)).value;
        }
        phase = tryJoin(i32, this.block, record);
      }
      if (phase === ENDED) {
        this.#home.free(record);
        throw new PhaserError("This phaser has ended: all members that signal have dropped out. Make another one.");
      }
    }
    this.keep({ phaser: this, mode, record, signals: phase, waits: phase, left: false });
  }

  /**
   * Ends the running task's membership; happens by itself when the task ends, and for the phaser's creator when the body of its
   * finish scope ends. A phase that waits only for this task ends. Never blocks.
   *
   * @throws PhaserError `HEDDLE_PHASER` when the task is not registered.
   */
  drop(): void {
    this.leave(this.#mine("drop()"));
  }

  // ---- memberships ---------------------------------------------------------------------------------------------------

  #find(task: Future<unknown> | null): Registration | null {
    let mine = task === null ? this.#outside : (this.#byTask.get(task) ?? null);
    if (mine === null && task !== null) {
      const brought = (task.more?.options?.phased ?? []) as readonly Registration[];
      mine = brought.find((it) => it.phaser === this) ?? null;
      if (mine !== null) this.#byTask.set(task, mine);
    }
    return mine === null || mine.left ? null : mine;
  }

  #mine(what: string): Registration {
    const mine = this.#find(runningTask());
    if (mine !== null) return mine;
    throw new PhaserError(
      `${who()} called ${what} but is not registered with this phaser, or has dropped out. Register it when it is spawned: ` +
        "task.with({ phased: [ph] }).spawn(..., ph); or call ph.register(mode).",
    );
  }

  /** The membership of whoever runs, until it drops out or ends. @internal */
  keep(registration: Registration): void {
    const frame = currentFrame();
    const task = runningTask();
    memberships.set(registration, task);
    if (task === null) this.#outside = registration;
    else this.#byTask.set(task, registration);
    this.countMembers(1);
    const end = (): void => this.leave(registration);
    if (frame instanceof Scope) endWith(frame, end);
    else if (task !== null) (rareOf(task).onEnd ??= []).push(end);
  }

  /** A membership for a task that the running one is about to spawn. @internal */
  enrollChild(wanted: PhaserMode | undefined, child: string): Registration {
    const mine = this.#mine(`phased for ${child}`);
    const mode = wanted ?? mine.mode;
    checkMode(mode);
    if ((signals(mode) && !signals(mine.mode)) || (waits(mode) && !waits(mine.mode))) {
      throw new PhaserError(
        `${who()} is registered in mode "${mine.mode}" and cannot register ${child} in mode "${mode}": a task may hand on only what it may do itself`,
      );
    }
    let record = 0;
    if (signals(mode)) {
      if (mine.signals > phaseOf(this.#home.i32, this.block)) {
        throw new PhaserError(
          `${who()} has signalled phase ${mine.signals - 1}, which has not ended, and cannot register ${child} for it: spawn before the signal`,
        );
      }
      record = this.#home.alloc(RECORD_BYTES);
      enroll(this.#home.i32, this.block, record, mine.signals);
    }
    return {
      phaser: this,
      mode,
      record,
      signals: mine.signals,
      waits: mode === "wait" ? mine.waits : mine.signals,
      left: false,
    };
  }

  /** As `enrollChild`, for a task that may run at another place. @internal */
  enrollFar(wanted: PhaserMode | undefined, child: string): FarRegistration {
    this.openForOthers();
    const registration = this.enrollChild(wanted, child);
    const { record } = registration;
    const ticket = record === 0 ? 0 : this.#home.alloc(Ticket.BYTES);
    if (ticket !== 0) this.#home.i32[(ticket >>> 2) + Ticket.STATE] = 0;
    return new FarRegistration(registration, ticket);
  }

  /** The task has ended; or, with `neverBegun`, will not begin. @internal */
  endFar({ record, ticket }: FarRegistration, neverBegun: boolean): void {
    const { i32 } = this.#home;
    if (ticket === 0) return;
    const isSent = i32[(ticket >>> 2) + Ticket.STATE] === Ticket.SENT;
    this.#home.free(ticket);
    if (neverBegun && !isSent) this.leaveRecord(record);
  }

  /** From now on other places may take part. @internal */
  openForOthers(): void {
    const { i32, station } = this.#home;
    if (station === null || trunkOf(i32, this.block) !== 0) return;
    if (this.#acting)
      throw new PhaserError("An action cannot give the phaser that it belongs to to another place for the first time");
    const record = this.#home.alloc(RECORD_BYTES);
    for (;;) {
      const outcome = openTrunk(i32, this.block, record);
      if (outcome === "not needed") this.#home.free(record);
      if (outcome === "boundary") this.#atBoundary();
      if (outcome !== "busy") return;
      this.#home.receive();
    }
  }

  /** @internal */
  leaveRecord(record: number): void {
    if (leave(this.#home.i32, this.block, record)) this.#boundary(null);
    else this.tellIfComplete();
  }

  /** Where other places know it: the communication thread is to look whether all members of this place have signalled. @internal */
  tellIfComplete(): void {
    if (isComplete(this.#home.i32, this.block)) tellAboutPhaser(this.#home.station!, this.block, FarNews.LOOK);
  }

  /** @internal */
  leave(registration: Registration): void {
    if (!this.leaveFor(registration)) return;
    this.countMembers(-1);
  }

  /** False when it had left before. @internal */
  leaveFor(registration: Registration): boolean {
    if (registration.left) return false;
    registration.left = true;
    if (registration.record !== 0) {
      tracer.signals(this.#phaseName(registration.signals));
      watch?.signals(this, registration.signals);
    }
    memberships.delete(registration);
    if (registration.record !== 0) this.leaveRecord(registration.record);
    return true;
  }

  /** While this thread has members, its death breaks the phaser. @internal */
  countMembers(change: 1 | -1): void {
    const before = this.#membersHere;
    this.#membersHere += change;
    const { entry } = this;
    if (entry === null) return;
    if (before === 0) {
      entry.station.duties.change(entry.duty, DutyKind.PHASER);
      entry.pin = this;
    } else if (this.#membersHere === 0) {
      entry.station.duties.change(entry.duty, DutyKind.HANDLE);
      entry.pin = null;
    }
  }

  // ---- signalling and waiting ----------------------------------------------------------------------------------------

  /** What the end of a phase is called in a trace. */
  #phaseName(phase: number): PhaseName {
    return { phaser: this.entry?.id ?? this.block, phase };
  }

  #passed(phase: number): Future<number> {
    tracer.afterPhase(null, this.#phaseName(phase - 1));
    return this.#there(phase);
  }

  #signal(mine: Registration): void {
    tracer.signals(this.#phaseName(mine.signals));
    watch?.signals(this, mine.signals);
    mine.signals++;
    if (signal(this.#home.i32, this.block, mine.record)) this.#boundary(null);
    else this.tellIfComplete();
  }

  #wait(mine: Registration): Future<number> {
    const phase = ++mine.waits;
    if (phaseOf(this.#home.i32, this.block) >= phase && !this.#isBroken()) return this.#passed(phase);
    return this.#pending(phase, null).future;
  }

  #signalAndWait(mine: Registration, single: Single | null): Future<number> {
    const phase = ++mine.waits;
    tracer.signals(this.#phaseName(mine.signals));
    watch?.signals(this, mine.signals);
    mine.signals++;
    if (single === null) {
      if (signal(this.#home.i32, this.block, mine.record)) this.#boundary(null);
      else this.tellIfComplete();
      return this.#isHere(phase) ? this.#passed(phase) : this.#pending(phase, null).future;
    }
    const { future, fail } = this.#pending(phase, single); // among the waiters before the signal that may end the phase
    if (signal(this.#home.i32, this.block, mine.record)) this.#boundary(single, fail);
    else this.tellIfComplete();
    return future;
  }

  /**
   * Whether the phase has begun, or begins within a few microseconds in which this thread would have nothing else to do: a generator
   * task that goes on at once need not leave its worker. Now and then it does, so that nothing else waits for ever.
   */
  #isHere(phase: number): boolean {
    const { i32, station } = this.#home;
    if (phase % PHASES_IN_A_ROW === 0) return false;
    let spins = station !== null && runningTask()?.def.body === Body.GENERATOR && isAlone(station) ? SPINS : 0;
    while (phaseOf(i32, this.block) < phase) {
      if (spins-- === 0 || station!.hasMail()) return false;
      pause();
    }
    return !this.#isBroken();
  }

  /** A future of the beginning of `phase`, which joins the waiters. */
  #pending(phase: number, single: Single | null): { future: Future<number>; fail: (error: unknown) => void } {
    const { i32 } = this.#home;
    const future = new Future<unknown>(State.PROMISED, NO_TASK, null, null, undefined, undefined, undefined);
    tracer.afterPhase(future, this.#phaseName(phase - 1));
    watch?.awaitsPhase(this, phase, future);
    const fail = (error: unknown): void => settle(future, State.FAILED, error);
    const look = (): void => {
      if (this.#isBroken()) {
        const { value } = readOutcome(this.#home.station!, resultOf(i32, (this.block >>> 2) + Obj.HEAD));
        fail(value);
      } else if (phaseOf(i32, this.block) >= phase) settle(future, State.DONE, phase);
    };
    const subscribe = (kind: typeof MessageKind.WAKE | typeof MessageKind.SINGLE): void => {
      const { node, id } = this.#home.newWaiter(kind, (arrivedAs) => {
        if (arrivedAs === MessageKind.SINGLE) {
          const action = future.state < State.DONE ? single : null;
          if (trunkOf(i32, this.block) !== 0) this.#actForAll(action, fail);
          else this.#boundary(action, fail);
        }
        look();
        if (future.state < State.DONE) subscribe(MessageKind.WAKE); // the other places have yet to say that the phase has ended
      });
      const outcome = waitFor(i32, this.block, phase, node);
      if (outcome === "broken") this.#home.discardWaiter(node, id);
      else if (outcome === "there") this.#home.forgetWaiter(id);
      if (outcome !== "waiting") look();
    };
    wakeable(future, "phaser", this.#home, this, look);
    rareOf(future).of = new Phase(this, phase);
    subscribe(single === null ? MessageKind.WAKE : MessageKind.SINGLE);
    return { future: future as Future<number>, fail };
  }

  /** As whoever asks why nothing goes on sees it. @internal */
  look(): { phase: number; pending: number } {
    return { phase: phaseOf(this.#home.i32, this.block), pending: pendingOf(this.#home.i32, this.block) };
  }

  /** Whether the current phase waits for this member. @internal */
  isLate(registration: Registration): boolean {
    return registration.record !== 0 && !registration.left && isExpected(this.#home.i32, this.block, registration.record);
  }

  /** A future of a phase that has begun; with `waited` false, of one that its member has only signalled. */
  #there(phase: number, waited = true): Future<number> {
    const future = new Future<unknown>(State.DONE, NO_TASK, null, null, phase, undefined, undefined);
    if (waited) watch?.awaitsPhase(this, phase, future);
    return future as Future<number>;
  }

  #isBroken(): boolean {
    return resultOf(this.#home.i32, (this.block >>> 2) + Obj.HEAD) !== 0;
  }

  /** All have signalled, and this thread is the one to go on. An action that is not its own it leaves to who brought it. */
  #boundary(single: Single | null, fail?: (error: unknown) => void): void {
    const { i32 } = this.#home;
    if (trunkOf(i32, this.block) !== 0) return this.#atBoundary(); // the places have agreed on an action before
    if (single === null) {
      if (handOver(i32, this.block, this.#home.post)) return;
    } else this.#run(single, fail);
    this.#atBoundary();
  }

  #atBoundary(): void {
    advance(this.#home.i32, this.block, this.#home.post, (record) => this.#home.free(record));
    this.tellIfComplete();
  }

  /** All places have signalled, and this thread is the one to run its action. */
  #actForAll(single: Single | null, fail: (error: unknown) => void): void {
    if (single === null) {
      if (handOver(this.#home.i32, this.block, this.#home.post)) return;
    } else this.#run(single, fail);
    tellAboutPhaser(this.#home.station!, this.block, FarNews.ACTED);
  }

  #run(single: Single, fail?: (error: unknown) => void): void {
    const phase = phaseOf(this.#home.i32, this.block);
    this.#acting = true;
    try {
      if (watch === null) single(phase);
      else watch.single(this, phase, single);
    } catch (error) {
      fail?.(error);
    }
    this.#acting = false;
  }
}

/** Rounds, of about 0.1 us, in which a phase may begin before its task suspends. */
const SPINS = 100;
/** So many phases a task may see without suspending. */
const PHASES_IN_A_ROW = 64;

/** Whether this thread has nothing to run but the task that runs. */
const isAlone = (station: Station): boolean => onlyFrame() && readySteps() === 0 && station.stealable() === 0;

const who = (): string => {
  const task = runningTask();
  return task === null ? "The code outside of tasks" : nameOf(task);
};

function refusePlain(what: string): void {
  const task = runningTask();
  if (task === null || task.def.body !== Body.PLAIN || syncFrame() === null) return;
  throw new PhaserError(
    `${nameOf(task)} is a plain task, and ${what} would block its worker, on which the others may have to go on. Make it a generator ` +
      "(function*, yield* ph.next()) or async (await ph.next()); a plain task may signal() and drop().",
  );
}

/** @internal */
export function checkMode(mode: unknown): void {
  if (mode === "signal" || mode === "wait" || mode === "signalWait") return;
  throw new UsageError(`phaser: the mode is ${String(mode)}; it must be "signal", "wait" or "signalWait"`);
}

// ---- the end of a finish scope's body ------------------------------------------------------------------------------

const ends = new WeakMap<Scope, (() => void)[]>();

function endWith(scope: Scope, end: () => void): void {
  const list = ends.get(scope);
  if (list === undefined) ends.set(scope, [end]);
  else list.push(end);
}

onLeaveBody((scope) => {
  const list = ends.get(scope);
  if (list === undefined) return;
  ends.delete(scope);
  for (const end of list) end();
});
