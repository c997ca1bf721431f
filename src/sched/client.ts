/**
 * The thread that started a runtime: it promotes every task that it spawns, runs none, never blocks, and hears of results by
 * `Atomics.waitAsync`. See README.md.
 */
import { ForeignError, InvariantError } from "../errors.ts";
import { getPlatform } from "../platform/platform.ts";
import { load, notify, store, waitAsync } from "../shared/atomics.ts";
import { Control } from "../shared/layout.ts";
import { MessageKind } from "../shared/mailbox.ts";
import { Bundles } from "./bundle.ts";
import { cancelBeforeStart, type Frame, Future, setOptions } from "./core.ts";
import type { SpawnOptions, TaskDefinition } from "./definition.ts";
import { director } from "./direct.ts";
import { tasksAreWatched, tell } from "./events.ts";
import { moreOf, rareOf } from "./more.ts";
import { announce, Park, retract, sleepAsync, summon } from "./parking.ts";
import type { Port } from "./port.ts";
import { workersAtRest, workersSleep } from "./rest.ts";
import type { Scope } from "./scope.ts";
import { failBeforeStart, settle } from "./settling.ts";
import { SpawnSite } from "./spawn-site.ts";
import { State } from "./state.ts";
import type { Station } from "./station.ts";
import { tracer } from "./tracing.ts";
import { reportUnlessObserved } from "./unhandled.ts";

export const CLIENT_SLOT = 0;

/** With so many tasks outside, the same small task spawned again and again goes in bundles. */
const BUNDLE_FROM = 64;
/** Turns of the event loop in which the client looks for mail before it sleeps: a look costs 1 us, a wake-up 20. */
const LOOKS = 2;
/** Below so many, a spawn records where it was: a stack costs about a microsecond. */
const FEW = 32;
/** When nothing has come home for so long (ms) though there is no room for tasks, somebody is told. */
const ROOM_MS = 1000;

export class Client implements Port {
  readonly station: Station;
  readonly #slots: number;
  readonly #keepAlive = getPlatform().keepAlive();
  /** Tasks that found no free cell or a full ring, oldest first. */
  #backlog: Future<unknown>[] = [];
  #backlogHead = 0;
  #listening = false;
  #epoch = 0;
  #stopped: Error | null = null;
  #quiet: (() => void)[] = [];
  #holds = 0;
  #wanted = 0;

  readonly #bundles: Bundles;

  constructor(makeStation: (port: Port) => Station, slots: number) {
    this.station = makeStation(this);
    this.#bundles = new Bundles(this.station, this, (bundle) => this.submit(bundle));
    this.#slots = slots;
    this.station.receivers.set(MessageKind.UNHANDLED, (node) => this.#receiveUnhandled(node));
    void this.#hearOfUnhandled();
  }

  /** Tasks that were spawned here and have not come home. */
  get outstanding(): number {
    return this.station.outside + this.#backlog.length - this.#backlogHead;
  }

  /** Whether it looks now and then if what has found no room still has none, and has said so. */
  #watchesRoom = false;
  #warnedOfRoom = false;

  /** Those of them that have found no room in shared memory yet. */
  get backlog(): readonly Future<unknown>[] {
    return this.#backlog.slice(this.#backlogHead);
  }

  spawn(def: TaskDefinition, args: unknown[], options: SpawnOptions | null, scope: Scope | null): Future<unknown> {
    if (scope !== null && scope.state === State.CANCELLED) {
      const future = new Future<unknown>(State.PRIVATE, def, scope, scope, undefined, undefined, undefined);
      scope.pending++;
      cancelBeforeStart(future);
      return future;
    }
    if (director !== null) options = director.outside(options);
    const { outstanding } = this;
    if (options === null && outstanding >= BUNDLE_FROM && !tasksAreWatched()) {
      const member = this.#bundles.add(def, args, scope);
      if (member !== null) return member;
    }
    this.#bundles.flush();
    const site = outstanding < FEW ? new SpawnSite() : undefined;
    const future = new Future<unknown>(State.PRIVATE, def, scope, scope, args[0], args[1], args[2]);
    if (args.length !== def.arity) moreOf(future).args = args;
    if (options !== null) setOptions(future, options);
    if (site !== undefined) rareOf(future).spawnSite = site;
    if (scope !== null) scope.pending++;
    tracer.spawned(future);
    try {
      this.submit(future);
    } catch (error) {
      if (scope !== null) scope.pending--;
      throw error;
    }
    return future;
  }

  /** Promotes a new task. Throws CrossingError when an argument cannot cross. */
  submit(future: Future<unknown>): void {
    if (this.#stopped !== null) throw this.#stopped;
    if (this.#backlog.length > this.#backlogHead || !this.#promote(future)) {
      moreOf(future).port = this;
      this.station.checkArguments(future);
      this.#backlog.push(future);
      this.#watchRoom();
    }
    if (!this.#listening) this.#listen();
  }

  #promote(future: Future<unknown>): boolean {
    const cell = this.station.encode(future);
    if (cell === 0) return false;
    const options = future.more?.options;
    if (options?.place !== undefined) {
      this.station.sendAway(future, cell);
      return true;
    }
    const affinity = options?.affinity;
    if (affinity !== undefined) {
      this.station.sendTo(1 + (affinity % (this.#slots - 1)), cell);
      return true;
    }
    if (!this.station.push(future, cell)) {
      this.station.revoke(future);
      return false;
    }
    if (load(this.station.mem.i32, Control.HUNGRY) !== 0) summon(this.station.mem.i32, this.#slots, 0);
    return true;
  }

  /** Tasks that have begun and wait keep their cells. If what they wait for has not found one, nobody can go on; but this thread may still settle it. */
  #watchRoom(): void {
    if (this.#watchesRoom || this.#warnedOfRoom) return;
    this.#watchesRoom = true;
    const { home } = this.station.counters;
    const look = (): void => {
      this.#watchesRoom = false;
      const waiting = this.#backlog.length - this.#backlogHead;
      if (waiting === 0 || this.#stopped !== null) return;
      const { station } = this;
      const rests = workersSleep(station.mem.i32, this.#slots) && !station.hasMail();
      if (!rests || station.hasFreeCell() || station.counters.home !== home) return this.#watchRoom();
      this.#warnedOfRoom = true;
      getPlatform().warn(
        `${station.outside} tasks that this thread has spawned have begun and wait, which is all that there is room for; ${waiting} more have not begun. If those that wait need one of the others, or a promise that one of them puts, nothing can go on: spawn first what others wait for, or fewer tasks at a time.`,
        "HEDDLE_STUCK",
      );
    };
    const timer: unknown = setTimeout(look, ROOM_MS);
    (timer as { unref?(): void }).unref?.();
  }

  #flushBacklog(): void {
    while (this.#backlogHead < this.#backlog.length) {
      const future = this.#backlog[this.#backlogHead]!;
      if (future.state === State.PRIVATE) {
        try {
          if (!this.#promote(future)) break;
        } catch (error) {
          failBeforeStart(future, error);
        }
      }
      this.#backlogHead++;
    }
    if (this.#backlogHead === this.#backlog.length) {
      this.#backlog = [];
      this.#backlogHead = 0;
    }
  }

  get isStopped(): boolean {
    return this.#stopped !== null;
  }

  /** Keeps listening although no task is out: something else is to come by mail. */
  hold(): void {
    this.#holds++;
    if (!this.#listening) this.#listen();
  }

  release(): void {
    if (--this.#holds === 0 && this.#isQuiet) this.#lookAgain();
  }

  /** Keeps listening, but does not keep the runtime from stopping. */
  wantMail(): void {
    this.#wanted++;
    if (!this.#listening && this.#stopped === null) this.#listen();
  }

  unwantMail(): void {
    this.#wanted--;
  }

  get #isQuiet(): boolean {
    if (this.#holds > 0 || this.#backlog.length > this.#backlogHead) return false;
    // To stop, the runtime need not wait for bodies that were cancelled and go on all the same.
    return this.station.outside === 0 || (this.#quiet.length > 0 && !this.station.anyUnsettled());
  }

  /** As well as that, nothing goes on in the workers that tasks have left behind. See README.md, "Rest". */
  #atRest(): boolean {
    const { i32 } = this.station.mem;
    const quiet = this.#isQuiet;
    if (quiet && this.station.outside > 0) return true;
    const isAwaited = this.#wanted === 0 || this.#quiet.length > 0;
    store(i32, Control.ASKS_REST, quiet && isAwaited ? 1 : 0); // before the look: who goes to sleep after it wakes this thread
    return quiet && workersAtRest(i32, this.#slots) && !this.station.hasMail();
  }

  /** A message to another thread is on its way, which may go on because of it. */
  sent(): void {
    if (!this.#listening && this.#stopped === null) this.#listen();
  }

  #listen(): void {
    this.#listening = true;
    this.#keepAlive.ref();
    void this.#receiveMail().catch((error: unknown) => getPlatform().unhandled(error));
  }

  async #receiveMail(): Promise<void> {
    const { i32 } = this.station.mem;
    let looks = 0;
    await null; // nothing is settled while the spawn that began to listen is still on the stack
    try {
      while (this.#stopped === null) {
        const came = this.receive();
        if (this.#atRest()) {
          for (const resolve of this.#quiet.splice(0)) resolve();
          if (this.#wanted === 0) break;
        }
        looks = came || director?.replaying === true ? 0 : looks + 1;
        if (looks < LOOKS) {
          await getPlatform().macrotask();
          continue;
        }
        announce(i32, CLIENT_SLOT, Park.IDLE);
        const ends = this.#atRest() && (this.#wanted === 0 || this.#quiet.length > 0);
        if (ends || this.station.hasMail() || load(i32, Control.CANCEL_EPOCH) !== this.#epoch) {
          retract(i32, CLIENT_SLOT);
          await getPlatform().macrotask();
        } else await sleepAsync(i32, CLIENT_SLOT, Park.IDLE);
      }
    } finally {
      this.#listening = false;
      store(i32, Control.ASKS_REST, 0);
      this.#keepAlive.unref();
    }
    for (const resolve of this.#quiet.splice(0)) resolve();
  }

  /** Takes in what has come; true when there was any mail. */
  receive(): boolean {
    const { i32 } = this.station.mem;
    const epoch = load(i32, Control.CANCEL_EPOCH);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.station.lookForFailures();
    }
    tracer.turns();
    const came = director === null ? this.station.receive() : director.mailTaken(() => this.station.receive());
    this.#flushBacklog();
    return came;
  }

  /** Resolves when every task that was spawned here has come home, and what they have left behind has ended. */
  whenQuiet(): Promise<void> {
    if (!this.#listening) return Promise.resolve();
    return new Promise((resolve) => {
      this.#quiet.push(resolve);
      this.#lookAgain();
    });
  }

  #lookAgain(): void {
    retract(this.station.mem.i32, CLIENT_SLOT);
    this.station.wakeSelf();
  }

  /** Everything that is still out fails with `error`, and so does every later spawn. */
  stop(error: Error): void {
    this.#stopped = error;
    const waiting = this.#backlog.slice(this.#backlogHead);
    this.#backlog = [];
    this.#backlogHead = 0;
    this.station.failAll(error);
    for (const future of waiting) {
      settle(future, State.FAILED, error);
      future.scope?.leave();
    }
    retract(this.station.mem.i32, CLIENT_SLOT);
    this.station.wakeSelf();
    notify(this.station.mem.i32, Control.UNHANDLED, 1);
  }

  /** A failure that nobody looked at may come when no task is out, and does not keep the process alive. */
  async #hearOfUnhandled(): Promise<void> {
    const { i32 } = this.station.mem;
    let seen = 0;
    for (;;) {
      const waiting = waitAsync(i32, Control.UNHANDLED, seen);
      if (waiting.async) await waiting.value;
      if (this.#stopped !== null) return;
      seen = load(i32, Control.UNHANDLED);
      this.station.receive();
    }
  }

  #receiveUnhandled(node: number): void {
    const word = node >>> 2;
    const errors = this.station.readErrors(this.station.mem.i32[word + 2]! >>> 0);
    this.station.heap.free(node);
    for (const error of errors) {
      tell("failureUnhandled", () => ({ error }));
      getPlatform().unhandled(error);
    }
  }

  // ---- the port ------------------------------------------------------------------------------------------------------

  feed(): void {}
  share(): void {}
  glance(): void {}
  tick(): number {
    return 0x3fff_ffff;
  }
  divert(): boolean {
    return false;
  }
  help(): boolean {
    throw new InvariantError("the client's thread never waits on its stack");
  }
  localWork(): void {}
  expectResult(future: Future<unknown>): void {
    if (moreOf(future).port !== this) throw new ForeignError("this future belongs to another runtime");
  }
  unhandled(future: Future<unknown>): void {
    reportUnlessObserved(future);
  }
  cancelPromoted(future: Future<unknown>): void {
    if (!this.#bundles.cancelMember(future)) this.station.cancelPromoted(future);
    if (this.#quiet.length > 0) this.#lookAgain();
  }
  cancelPromotedBelow(below: (frame: Frame) => boolean, reason: unknown): void {
    this.station.cancelPromotedBelow(below, reason);
    for (const future of this.#backlog.slice(this.#backlogHead)) if (below(future)) future.cancel(reason);
  }
  lookForCancellation(): void {}
}
