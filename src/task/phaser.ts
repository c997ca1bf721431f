/** Phasers, as tasks use them. The words in shared memory and their protocol: ../shared/phaser.ts. */
import { PhaserError, UsageError } from "../errors.ts";
import { type Future, runningTask } from "../sched/core.ts";
import { Body } from "../sched/definition.ts";
import { retried } from "../sched/direct.ts";
import { DutyKind } from "../sched/duties.ts";
import { nameOf, rareOf } from "../sched/more.ts";
import type { Entry } from "../sched/objects.ts";
import { serialPlaces } from "../sched/places.ts";
import { Scope } from "../sched/scope.ts";
import type { SpawnSite } from "../sched/spawn-site.ts";
import { currentFrame, syncFrame } from "../sched/thread.ts";
import { tracer } from "../sched/tracing.ts";
import { watch } from "../sched/watch.ts";
import { Obj } from "../shared/object.ts";
import { ENDED, enroll, isExpected, pendingOf, phaseOf, RECORD_BYTES, tryJoin } from "../shared/phaser.ts";
import { resultOf } from "../shared/waiters.ts";
import { Ticket } from "./far-phaser.ts";
import { readOutcome } from "./outcome.ts";
import type { PhaserHome } from "./phaser-home.ts";
import { Phases } from "./phases.ts";
import {
  checkMode,
  endWith,
  FarRegistration,
  memberships,
  type PhaserMode,
  type Registration,
  signals,
  waits,
} from "./registration.ts";

/** An action at the boundary between two phases; `phase` is the one that ends. */
export type Single = (phase: number) => void;

/**
 * A barrier in phases that tasks join and leave (Habanero's phaser). A phase ends when every member that signals has signalled
 * it; then those that wait for it go on. Make one with `phaser()`, register tasks when they are spawned:
 * `task.with({ phased: [ph] }).spawn(..., ph)`.
 */
export class Phaser {
  readonly #home: PhaserHome;
  readonly #phases: Phases;
  /** @internal */ block: number;
  /** Null in serial mode. @internal */ entry: Entry | null = null;
  readonly #byTask = new WeakMap<Future<unknown>, Registration>();
  /** The membership of the code outside of tasks; in serial mode by place. */
  readonly #outside: Registration[] = [];
  #membersHere = 0;
  /** Where it was made, if it was made in this thread. @internal */ site: SpawnSite | undefined;

  /** @internal */
  constructor(home: PhaserHome, block: number) {
    if (home === undefined) throw new UsageError("new Phaser(): phasers are made by phaser()");
    this.#home = home;
    this.#phases = new Phases(this, home);
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
      this.#phases.signal(mine);
      return this.#phases.there(mine.signals, false);
    }
    refusePlain("next()");
    if (mine.mode === "wait" || mine.signals > mine.waits) {
      if (single !== undefined) {
        throw new PhaserError(`${who()} has signalled phase ${mine.waits} by signal(): an action has to come with the signal`);
      }
      return this.#phases.wait(mine);
    }
    return this.#phases.signalAndWait(mine, single === undefined ? null : runHere(single));
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
    this.#phases.signal(mine);
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
    return this.#phases.wait(mine);
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
    const record = signals(mode) ? this.#home.alloc(RECORD_BYTES) : 0;
    const join = (): number | undefined => {
      if (record === 0) return phaseOf(i32, this.block);
      if (this.#phases.isBroken()) {
        this.#home.free(record);
        throw readOutcome(this.#home.station!, resultOf(i32, (this.block >>> 2) + Obj.HEAD)).value;
      }
      const joined = tryJoin(i32, this.block, record);
      return joined === -1 ? undefined : joined;
    };
    const phase = retried("takes part in a phaser", join, () => this.#home.receive());
    if (record !== 0 && phase === ENDED) {
      this.#home.free(record);
      throw new PhaserError("This phaser has ended: all members that signal have dropped out. Make another one.");
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
    let mine = (task === null ? this.#outside[outsideAt()] : this.#byTask.get(task)) ?? null;
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
    if (task === null) this.#outside[outsideAt()] = registration;
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
    this.#phases.openForOthers();
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
    if (neverBegun && !isSent) this.#phases.leaveRecord(record);
  }

  /** From now on other places may take part. @internal */
  openForOthers(): void {
    this.#phases.openForOthers();
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
      tracer.signals(this.#phases.phaseName(registration.signals));
      watch?.signals(this, registration.signals);
    }
    memberships.delete(registration);
    if (registration.record !== 0) this.#phases.leaveRecord(registration.record);
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

  /** As whoever asks why nothing goes on sees it. @internal */
  look(): { phase: number; pending: number } {
    return { phase: phaseOf(this.#home.i32, this.block), pending: pendingOf(this.#home.i32, this.block) };
  }

  /** Whether the current phase waits for this member. @internal */
  isLate(registration: Registration): boolean {
    return registration.record !== 0 && !registration.left && isExpected(this.#home.i32, this.block, registration.record);
  }
}

const outsideAt = (): number => serialPlaces?.here() ?? 0;

/** An action that runs at this place, whoever comes last. */
function runHere(single: Single): Single {
  if (serialPlaces === null) return single;
  const place = serialPlaces.here();
  return (phase) => serialPlaces!.run(place, () => single(phase));
}

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
