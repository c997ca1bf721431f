import { PhaserError } from "../errors.ts";
import { Future, runningTask } from "../sched/core.ts";
import { Body, NO_TASK } from "../sched/definition.ts";
import { rareOf } from "../sched/more.ts";
import { settle } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import type { Station } from "../sched/station.ts";
import { readySteps } from "../sched/suspend.ts";
import { onlyFrame } from "../sched/thread.ts";
import type { PhaseName } from "../sched/tracing.ts";
import { tracer } from "../sched/tracing.ts";
import { wakeable } from "../sched/wakeable.ts";
import { watch } from "../sched/watch.ts";
import { pause } from "../shared/atomics.ts";
import { MessageKind } from "../shared/mailbox.ts";
import { Obj } from "../shared/object.ts";
import {
  advance,
  handOver,
  isComplete,
  leave,
  openTrunk,
  phaseOf,
  RECORD_BYTES,
  signal,
  trunkOf,
  waitFor,
} from "../shared/phaser.ts";
import { resultOf } from "../shared/waiters.ts";
import { FarNews, tellAboutPhaser } from "./far-phaser.ts";
import { readOutcome } from "./outcome.ts";
import type { Phaser, Single } from "./phaser.ts";
import type { PhaserHome } from "./phaser-home.ts";
import type { Registration } from "./registration.ts";

/** Rounds, of about 0.1 us, in which a phase may begin before its task suspends. */
const SPINS = 100;
/** So many phases a task may see without suspending. */
const PHASES_IN_A_ROW = 64;

/** Whether this thread has nothing to run but the task that runs. */
const isAlone = (station: Station): boolean => onlyFrame() && readySteps() === 0 && station.stealable() === 0;

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

/** The phases of a phaser, as its members in this thread signal them, wait for them and end them. */
export class Phases {
  readonly #phaser: Phaser;
  readonly #home: PhaserHome;
  #acting = false;

  constructor(phaser: Phaser, home: PhaserHome) {
    this.#phaser = phaser;
    this.#home = home;
  }

  /** What the end of a phase is called in a trace. */
  phaseName(phase: number): PhaseName {
    return { phaser: this.#phaser.entry?.id ?? this.#phaser.block, phase };
  }

  #passed(phase: number): Future<number> {
    tracer.afterPhase(null, this.phaseName(phase - 1));
    return this.there(phase);
  }

  signal(mine: Registration): void {
    tracer.signals(this.phaseName(mine.signals));
    watch?.signals(this.#phaser, mine.signals);
    mine.signals++;
    if (signal(this.#home.i32, this.#phaser.block, mine.record)) this.#boundary(null);
    else this.tellIfComplete();
  }

  wait(mine: Registration): Future<number> {
    const phase = ++mine.waits;
    if (phaseOf(this.#home.i32, this.#phaser.block) >= phase && !this.isBroken()) return this.#passed(phase);
    return this.#pending(phase, null).future;
  }

  signalAndWait(mine: Registration, single: Single | null): Future<number> {
    const phase = ++mine.waits;
    tracer.signals(this.phaseName(mine.signals));
    watch?.signals(this.#phaser, mine.signals);
    mine.signals++;
    if (single === null) {
      if (signal(this.#home.i32, this.#phaser.block, mine.record)) this.#boundary(null);
      else this.tellIfComplete();
      return this.#isHere(phase) ? this.#passed(phase) : this.#pending(phase, null).future;
    }
    const { future, fail } = this.#pending(phase, single); // among the waiters before the signal that may end the phase
    if (signal(this.#home.i32, this.#phaser.block, mine.record)) this.#boundary(single, fail);
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
    while (phaseOf(i32, this.#phaser.block) < phase) {
      if (spins-- === 0 || station!.hasMail()) return false;
      pause();
    }
    return !this.isBroken();
  }

  /** A future of the beginning of `phase`, which joins the waiters. */
  #pending(phase: number, single: Single | null): { future: Future<number>; fail: (error: unknown) => void } {
    const { i32 } = this.#home;
    const future = new Future<unknown>(State.PROMISED, NO_TASK, null, null, undefined, undefined, undefined);
    tracer.afterPhase(future, this.phaseName(phase - 1));
    watch?.awaitsPhase(this.#phaser, phase, future);
    const fail = (error: unknown): void => settle(future, State.FAILED, error);
    const look = (): void => {
      if (this.isBroken()) {
        const { value } = readOutcome(this.#home.station!, resultOf(i32, (this.#phaser.block >>> 2) + Obj.HEAD));
        fail(value);
      } else if (phaseOf(i32, this.#phaser.block) >= phase) settle(future, State.DONE, phase);
    };
    const subscribe = (kind: typeof MessageKind.WAKE | typeof MessageKind.SINGLE): void => {
      const { node, id } = this.#home.newWaiter(kind, (arrivedAs) => {
        if (arrivedAs === MessageKind.SINGLE) {
          const action = future.state < State.DONE ? single : null;
          if (trunkOf(i32, this.#phaser.block) !== 0) this.#actForAll(action, fail);
          else this.#boundary(action, fail);
        }
        look();
        if (future.state < State.DONE) subscribe(MessageKind.WAKE); // the other places have yet to say that the phase has ended
      });
      const outcome = waitFor(i32, this.#phaser.block, phase, node);
      if (outcome === "broken") this.#home.discardWaiter(node, id);
      else if (outcome === "there") this.#home.forgetWaiter(id);
      if (outcome !== "waiting") look();
    };
    wakeable(future, "phaser", this.#home, this.#phaser, look);
    rareOf(future).of = new Phase(this.#phaser, phase);
    subscribe(single === null ? MessageKind.WAKE : MessageKind.SINGLE);
    return { future: future as Future<number>, fail };
  }

  /** A future of a phase that has begun; with `waited` false, of one that its member has only signalled. */
  there(phase: number, waited = true): Future<number> {
    const future = new Future<unknown>(State.DONE, NO_TASK, null, null, phase, undefined, undefined);
    if (waited) watch?.awaitsPhase(this.#phaser, phase, future);
    return future as Future<number>;
  }

  isBroken(): boolean {
    return resultOf(this.#home.i32, (this.#phaser.block >>> 2) + Obj.HEAD) !== 0;
  }

  /** All have signalled, and this thread is the one to go on. An action that is not its own it leaves to who brought it. */
  #boundary(single: Single | null, fail?: (error: unknown) => void): void {
    const { i32 } = this.#home;
    if (trunkOf(i32, this.#phaser.block) !== 0) return this.#atBoundary(); // the places have agreed on an action before
    if (single === null) {
      if (handOver(i32, this.#phaser.block, this.#home.post)) return;
    } else this.#run(single, fail);
    this.#atBoundary();
  }

  #atBoundary(): void {
    advance(this.#home.i32, this.#phaser.block, this.#home.post, (record) => this.#home.free(record));
    this.tellIfComplete();
  }

  /** All places have signalled, and this thread is the one to run its action. */
  #actForAll(single: Single | null, fail: (error: unknown) => void): void {
    if (single === null) {
      if (handOver(this.#home.i32, this.#phaser.block, this.#home.post)) return;
    } else this.#run(single, fail);
    tellAboutPhaser(this.#home.station!, this.#phaser.block, FarNews.ACTED);
  }

  #run(single: Single, fail?: (error: unknown) => void): void {
    const phase = phaseOf(this.#home.i32, this.#phaser.block);
    this.#acting = true;
    try {
      if (watch === null) single(phase);
      else watch.single(this.#phaser, phase, single);
    } catch (error) {
      fail?.(error);
    }
    this.#acting = false;
  }

  /** From now on other places may take part. */
  openForOthers(): void {
    const { i32, station } = this.#home;
    if (station === null || trunkOf(i32, this.#phaser.block) !== 0) return;
    if (this.#acting)
      throw new PhaserError("An action cannot give the phaser that it belongs to to another place for the first time");
    const record = this.#home.alloc(RECORD_BYTES);
    for (;;) {
      const outcome = openTrunk(i32, this.#phaser.block, record);
      if (outcome === "not needed") this.#home.free(record);
      if (outcome === "boundary") this.#atBoundary();
      if (outcome !== "busy") return;
      this.#home.receive();
    }
  }

  leaveRecord(record: number): void {
    if (leave(this.#home.i32, this.#phaser.block, record)) this.#boundary(null);
    else this.tellIfComplete();
  }

  /** Where other places know it: the communication thread is to look whether all members of this place have signalled. */
  tellIfComplete(): void {
    if (isComplete(this.#home.i32, this.#phaser.block)) tellAboutPhaser(this.#home.station!, this.#phaser.block, FarNews.LOOK);
  }
}
