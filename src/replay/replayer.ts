import { type Future, runningTask } from "../sched/core.ts";
import type { SpawnOptions } from "../sched/definition.ts";
import { type Director, identityOf, type Mail, type Next, retry } from "../sched/direct.ts";
import { nameOf } from "../sched/more.ts";
import { hashOf } from "../sched/registry.ts";
import { State } from "../sched/state.ts";
import { getPort } from "../sched/thread.ts";
import { add, load, notify, wait } from "../shared/atomics.ts";
import { giveUp, whoIs } from "./divergence.ts";
import type { Arrival, Gatekeeper } from "./gates.ts";
import { Identities } from "./identity.ts";
import { Event, Reader, Shared, workersOf } from "./log.ts";
import type { Reel } from "./reel.ts";

/** When all workers have waited for so long (ms), what is recorded next does not come. */
const LIMIT_MS = 30_000;
/** The same where other places, of which nothing is known here, may be busy. */
const LIMIT_APART_MS = 300_000;
/** How long (ms) a thread rests at most before it looks again whether what it waits for is there. */
const REST_MS = 1;
/** The same of a main thread, whose event loop stands still meanwhile. */
const REST_OF_MAIN_MS = 0.2;
/** When nothing has happened for so long (ms), a worker lets its event loop turn: timers and I/O may be what is missing. */
const LONG_MS = 10;

/** What has a turn. */
const ORDERLY: ReadonlySet<number> = new Set([Event.BODY, Event.STEP, Event.MAIL, Event.ORDERED]);

const NAMES: Record<number, Next["kind"]> = {
  [Event.BODY]: "body",
  [Event.STEP]: "step",
  [Event.MAIL]: "mail",
  [Event.LOOP]: "loop",
};

/** Makes one thread do what the record says. */
export class Replayer implements Director, Gatekeeper {
  replaying = true;
  readonly #identities: Identities;
  /** The control block of this place, of the first one, and of all. */
  readonly #shared: Int32Array;
  readonly #job: Int32Array;
  readonly #all: readonly Int32Array[];
  readonly #who: string;
  readonly #slot: number;
  readonly #where: Map<number, number>;
  readonly #reader: Reader;
  readonly #limit: number;
  readonly #onRuntime: (workers: number) => void;
  readonly #locals = new Map<number, Future<unknown>>();
  readonly #mail = new Map<number, Mail[]>();
  readonly #names = new Map<number, string>();
  /** What has come, and waits for its time. */
  readonly #arrivals = new Map<number, Arrival>();
  #looksAgain = false;
  /** Nothing is recorded before the runtime starts. */
  #started: boolean;
  /** It is this thread's turn until its operation is over. */
  #holding = false;
  #depth = 0;
  /** Takes what has come, without taking it in. */
  #collect = (): void => getPort()?.glance();
  /** Whether WAITING counts this worker: it has nothing to run. */
  #waits = false;
  /** Of all places in this process. */
  readonly #workers: number;
  #seen = -1;
  #since = 0;

  constructor({ place, shared, lists, apart }: Reel, slot: number, onRuntime: (workers: number) => void) {
    const own = lists[place]!;
    const several = lists.length > 1;
    this.#shared = new Int32Array(shared[place]!);
    this.#job = new Int32Array(shared[0]!);
    this.#all = several && !apart ? shared.map((it) => new Int32Array(it)) : [this.#shared];
    this.#identities = new Identities(place, slot);
    this.#slot = slot;
    this.#who = whoIs(slot, several ? place : undefined);
    this.#where = workersOf(own);
    this.#reader = new Reader(own[slot]!);
    this.#workers = (own.length - (several ? 2 : 1)) * this.#all.length;
    this.#limit = apart ? LIMIT_APART_MS : LIMIT_MS;
    this.#onRuntime = onRuntime;
    this.#started = slot > 0;
  }

  runtime(workers: number): void {
    this.#onRuntime(workers);
    this.#started = true;
  }

  // ---- the record ------------------------------------------------------------------------------------------------------

  /** Whether the record still says something to this thread. */
  #goesOn(): boolean {
    if (this.replaying && (this.#reader.ended || this.#gaveUp())) {
      this.replaying = false;
      this.#countWaiting(true);
      this.#advance();
      for (const list of this.#mail.values()) for (const mail of list) mail.take(mail.claim());
      this.#mail.clear();
      const arrivals = [...this.#arrivals.values()];
      this.#arrivals.clear();
      for (const arrival of arrivals) arrival.go();
    }
    return this.replaying;
  }

  #gaveUp(): boolean {
    return load(this.#job, Shared.DIVERGED) !== 0;
  }

  /** Ends the turn that this thread holds. */
  #advance(): void {
    if (!this.#holding) return;
    this.#holding = false;
    add(this.#shared, Shared.TURN, 1);
    notify(this.#shared, Shared.TURN);
  }

  #countWaiting(waits: boolean): void {
    if (this.#slot === 0 || waits === this.#waits) return;
    this.#waits = waits;
    add(this.#job, Shared.WAITING, waits ? 1 : -1);
  }

  #isTurn(): boolean {
    this.#advance();
    return load(this.#shared, Shared.TURN) === this.#reader.turn;
  }

  /** Waits for the turn of the next entry, which has one, and takes it. False when the record is given up. */
  #take(): boolean {
    while (!this.#isTurn()) {
      this.pause();
      if (!this.#goesOn()) return false;
    }
    this.#countWaiting(false);
    this.#reader.position++;
    this.#holding = true;
    return true;
  }

  /** What this thread does now, in the middle of something: mail that was taken in before it comes first. False when the record is given up. */
  #expect(kind: number, id: number, what: string, name = 0): boolean {
    while (this.#goesOn() && kind !== this.#reader.kind && this.#comesBefore()) {
      if (this.#reader.kind === Event.BATCH) this.#reader.position++;
      else if (this.#reader.kind === Event.ARRIVAL) {
        if (!this.#letThrough()) break;
      } else if (!this.takeMail()) {
        this.#collect();
        if (!this.takeMail()) this.pause();
      }
    }
    if (!this.#goesOn()) return false;
    if (this.#reader.kind !== kind || (id !== 0 && this.#reader.id !== id) || (name !== 0 && this.#reader.name !== name)) {
      this.diverged(what);
      return false;
    }
    return true;
  }

  /** What happened in the event loop, or was taken in there, before what a task does next. */
  #comesBefore(): boolean {
    const { kind } = this.#reader;
    return kind === Event.MAIL || kind === Event.BATCH || kind === Event.ARRIVAL;
  }

  // ---- timers, files, sockets ----------------------------------------------------------------------------------------------

  comes(arrival: Arrival): void {
    this.#names.set(hashOf(arrival.site), arrival.site);
    if (!this.#started || !this.#goesOn()) return arrival.go();
    this.#arrivals.set(arrival.id, arrival);
    this.#letAllThrough();
  }

  stopped(id: number): void {
    this.#arrivals.delete(id);
  }

  /** Lets that through which is next, if it is here. Whoever waits for it goes on when the stack is empty. */
  #letThrough(): boolean {
    const arrival = this.#arrivals.get(this.#reader.id);
    if (arrival === undefined) return false;
    const { turn } = this.#reader;
    if (Number(arrival.failed) !== turn) {
      this.diverged(`what ${arrival.site} waits for ${arrival.failed ? "fails" : "is fulfilled"}`, null); // whatever runs here now
      return true;
    }
    this.#arrivals.delete(arrival.id);
    this.#countWaiting(false);
    this.#reader.position++;
    arrival.go();
    return true;
  }

  /** One after the other: what one has set going comes before the next. */
  #letAllThrough(): void {
    if (this.#goesOn() && this.#reader.kind === Event.ARRIVAL) this.#letThrough();
    if (this.#arrivals.size === 0 || this.#looksAgain) return;
    this.#looksAgain = true;
    setTimeout(() => {
      this.#looksAgain = false;
      this.#letAllThrough();
    }, 0);
  }

  pause(): boolean {
    this.#countWaiting(true);
    const turn = load(this.#shared, Shared.TURN);
    const now = performance.now();
    const turns = this.#all.length === 1 ? turn : this.#all.reduce((sum, it) => sum + load(it, Shared.TURN), 0);
    if (turns !== this.#seen) {
      this.#seen = turns;
      this.#since = now;
    } else if (now - this.#since > this.#limit && load(this.#job, Shared.WAITING) === this.#workers) {
      this.diverged("it waits, and nothing comes");
    }
    // It may have become this thread's turn since that was looked at.
    if (!(ORDERLY.has(this.#reader.kind) && turn === this.#reader.turn))
      wait(this.#shared, Shared.TURN, turn, this.#slot > 0 ? REST_MS : REST_OF_MAIN_MS);
    return now - this.#since > LONG_MS;
  }

  diverged(what: string, task: Future<unknown> | null = runningTask()): void {
    const doing = task === null ? "" : `, in the task ${nameOf(task)}`;
    const said = this.#reader.ended ? "nothing more" : this.#describe();
    giveUp(
      this.#job,
      `at decision ${this.#reader.position + 1} of ${this.#reader.count} of ${this.#who}${doing}: the record says ${said}, but ${what}.`,
    );
    this.#goesOn();
  }

  /** What the record says. */
  #describe(): string {
    const { kind, name } = this.#reader;
    const known = this.#names.get(name);
    switch (kind) {
      case Event.BODY:
        return `that the task ${known ?? "of some other name"} begins`;
      case Event.STEP:
        return "that a generator task goes on";
      case Event.MAIL:
        return "that a result arrives";
      case Event.SPAWN:
        return "that it spawns a task";
      case Event.ARRIVAL:
        return `that what ${known ?? "some line"} waits for has come${this.#reader.turn === 1 ? ", and has failed" : ""}`;
      case Event.ORDERED:
        return `that it ${known ?? "does something that other threads can see"}`;
      default:
        return "that it goes on with the same task";
    }
  }

  // ---- what the scheduler asks -------------------------------------------------------------------------------------------

  body<F extends (...args: never[]) => unknown>(fn: F, name: string): F {
    const hash = hashOf(name);
    this.#names.set(hash, name);
    return ((...args: never[]) => {
      const task = runningTask();
      const id = task === null ? 0 : identityOf(task);
      if (id !== 0 && this.#expect(Event.BODY, id, `the task ${name} begins`, hash) && this.#take()) this.#advance();
      return fn(...args);
    }) as F;
  }

  spawned(future: object): void {
    this.#identities.give(future as Future<unknown>);
  }

  outside(options: SpawnOptions | null): SpawnOptions {
    if (this.#expect(Event.SPAWN, 0, "it spawns a task")) this.#reader.position++;
    const it = this.#identities.outside(options);
    const slot = this.#where.get(it.replay!);
    const { priority: _, affinity: __, ...rest } = it;
    return slot === undefined || this.#gaveUp() ? it : { ...rest, affinity: slot - 1 };
  }

  sends(future: object): boolean {
    const it = future as Future<unknown>;
    const id = identityOf(it);
    const slot = this.#where.get(id);
    const { options } = it.more!;
    if (options?.place !== undefined && this.#slot > 0) return getPort()!.divert(it, options);
    if (slot === undefined || this.#slot === 0 || this.#gaveUp()) return false;
    if (slot === this.#slot) {
      this.#locals.set(id, it);
      return false;
    }
    const { priority: _, ...others } = options!;
    it.more!.options = { ...others, affinity: slot - 1 };
    return getPort()!.divert(it, it.more!.options);
  }

  takeLocal(id: number): object | null {
    const future = this.#locals.get(id);
    if (future === undefined || future.state !== State.PRIVATE) return null;
    this.#locals.delete(id);
    return future;
  }

  ordered<T>(what: string, operation: () => T): T {
    if (this.#depth > 0) return operation();
    const hash = hashOf(what);
    this.#names.set(hash, what);
    if (!this.#expect(Event.ORDERED, 0, `it ${what}`, hash) || !this.#take()) return operation();
    this.#depth++;
    try {
      return operation();
    } finally {
      this.#depth--;
      this.#advance();
    }
  }

  /** All that had ended what this one waits for has had its turn before. */
  retried<T>(what: string, attempt: () => T | undefined, meanwhile: () => void): T {
    return this.ordered(what, () => retry(attempt, meanwhile));
  }

  value(it: () => number): number {
    if (!this.#expect(Event.VALUE, 0, "it asks for a number")) return it();
    const { id } = this.#reader;
    this.#reader.position++;
    return id;
  }

  glanced(): void {
    if (this.#expect(Event.GLANCE, 0, "it looks at its mail")) this.#reader.position++;
  }

  arrived(mail: Mail): void {
    if (!this.#goesOn()) return mail.take(mail.claim());
    const list = this.#mail.get(mail.key);
    if (list === undefined) this.#mail.set(mail.key, [mail]);
    else list.push(mail);
  }

  takeMail(): boolean {
    if (!this.#goesOn() || this.#reader.kind !== Event.MAIL) return false;
    const { id, name: end } = this.#reader;
    const list = this.#mail.get(id);
    const mail = list?.[0];
    if (list === undefined || mail === undefined || (end === 1 && !mail.isEnd()) || !this.#isTurn()) return false;
    this.#countWaiting(false);
    // Where the end came in a message of its own and is here already, it stays for that.
    if (end === 1 || !mail.claim()) list.shift();
    if (list.length === 0) this.#mail.delete(id);
    this.#reader.position++;
    this.#holding = true;
    this.#advance();
    mail.take(end === 1);
    return true;
  }

  /** All of a batch is taken in before the program goes on, as then. */
  mailTaken(receive: () => boolean): boolean {
    this.#collect = receive;
    let came = receive();
    if (!this.#goesOn()) return came;
    if (this.#reader.kind !== Event.MAIL || !this.takeMail()) {
      this.pause();
      return came;
    }
    came = true;
    while (this.#goesOn() && this.#reader.kind === Event.MAIL) {
      if (this.takeMail()) continue;
      receive();
      this.pause();
    }
    if (this.#expect(Event.BATCH, 0, "it goes on without more mail")) this.#reader.position++;
    return came;
  }

  turnsLoop(): void {
    if (this.#goesOn() && this.#reader.kind === Event.LOOP) this.#reader.position++;
  }

  steps(future: object): void {
    const id = identityOf(future);
    if (this.#expect(Event.STEP, id, `the generator task ${nameOf(future as Future<unknown>)} goes on`) && this.#take())
      this.#advance();
  }

  next(): Next | null {
    if (!this.#goesOn()) return null;
    const { kind, id } = this.#reader;
    if (kind === Event.ARRIVAL) {
      if (!this.#arrivals.has(id)) this.pause();
      return { kind: "loop", id: 0 };
    }
    if (kind === Event.ORDERED) {
      const body = this.#reader.bodyBehind(); // to which it belongs: its arguments are unpacked
      return { kind: body === 0 ? "other" : "body", id: body };
    }
    return { kind: NAMES[kind] ?? "other", id };
  }
}
