import type { ArrivalOrder } from "../place/in-order.ts";
import type { Future } from "../sched/core.ts";
import { runningTask } from "../sched/core.ts";
import type { SpawnOptions } from "../sched/definition.ts";
import { type Director, identityOf, type Mail, type Next, retry } from "../sched/direct.ts";
import { hashOf } from "../sched/registry.ts";
import { add, compareExchange, notify, store, wait } from "../shared/atomics.ts";
import type { Arrival, Gatekeeper } from "./gates.ts";
import { Identities } from "./identity.ts";
import { Event, Shared, Writer } from "./log.ts";
import type { Reel } from "./reel.ts";

/** Writes down what one thread does. */
export class Recorder implements Director, Gatekeeper, ArrivalOrder {
  readonly replaying = false;
  readonly held = 0;
  readonly #identities: Identities;
  readonly #shared: Int32Array;
  readonly #job: Int32Array;
  #writer: Writer | null = null;
  readonly #mayBlock: boolean;
  readonly #onRuntime: (workers: number) => SharedArrayBuffer;
  #depth = 0;
  #mails = 0;

  /** `onRuntime` is asked for the list of slot 0, in the thread that starts the runtime. */
  constructor({ place, shared, lists }: Reel, slot: number, onRuntime: (workers: number) => SharedArrayBuffer) {
    this.#shared = new Int32Array(shared[place]!);
    this.#job = new Int32Array(shared[0]!);
    this.#identities = new Identities(place, slot);
    this.#mayBlock = slot > 0;
    if (slot > 0) this.#writer = new Writer(lists[place]![slot]!, this.#job);
    this.#onRuntime = onRuntime;
  }

  runtime(workers: number): void {
    this.#writer = new Writer(this.#onRuntime(workers), this.#job);
  }

  #add(kind: number, id: number, name = 0): void {
    this.#writer?.add(kind, add(this.#shared, Shared.TURN, 1), id, name);
  }

  body<F extends (...args: never[]) => unknown>(fn: F, name: string): F {
    const hash = hashOf(name);
    return ((...args: never[]) => {
      const task = runningTask();
      if (task !== null && identityOf(task) !== 0) this.#add(Event.BODY, identityOf(task), hash);
      return fn(...args);
    }) as F;
  }

  spawned(future: object): void {
    this.#identities.give(future as Future<unknown>);
  }

  outside(options: SpawnOptions | null): SpawnOptions {
    this.#writer?.add(Event.SPAWN, 0, 0, 0);
    return this.#identities.outside(options);
  }

  sends(): boolean {
    return false;
  }

  ordered<T>(what: string, operation: () => T): T {
    return this.#inTurn(what, 0, operation);
  }

  /** What happens inside of something else that has come has a turn of its own: in a replay something else may lead to it. */
  arrives(key: number, what: string, happens: () => void): void {
    if (this.#depth === 0) return this.#inTurn(what, key, happens);
    this.#add(Event.ORDERED, key, hashOf(what));
    happens();
  }

  /** The lock is free between two attempts: who ends what this one waits for may need it. */
  retried<T>(what: string, attempt: () => T | undefined, meanwhile: () => void): T {
    if (this.#depth > 0) return retry(attempt, meanwhile);
    const counted = (): T | undefined => {
      let goesOn = false;
      try {
        const done = attempt();
        goesOn = done === undefined;
        return done;
      } finally {
        if (!goesOn) this.#add(Event.ORDERED, 0, hashOf(what));
      }
    };
    return retry(() => this.#locked(counted), meanwhile);
  }

  #inTurn<T>(what: string, key: number, operation: () => T): T {
    if (this.#depth > 0) return operation();
    return this.#locked(() => {
      this.#add(Event.ORDERED, key, hashOf(what));
      return operation();
    });
  }

  #locked<T>(operation: () => T): T {
    const shared = this.#shared;
    while (compareExchange(shared, Shared.LOCK, 0, 1) !== 0) if (this.#mayBlock) wait(shared, Shared.LOCK, 1, 1);
    this.#depth++;
    try {
      return operation();
    } finally {
      this.#depth--;
      store(shared, Shared.LOCK, 0);
      notify(shared, Shared.LOCK, 1);
    }
  }

  value(it: () => number): number {
    const value = it();
    this.#writer?.add(Event.VALUE, 0, value, 0);
    return value;
  }

  glanced(): void {
    this.#writer?.add(Event.GLANCE, 0, 0, 0);
  }

  arrived(mail: Mail): void {
    const end = mail.claim();
    this.#add(Event.MAIL, mail.key, Number(end));
    this.#mails++;
    mail.take(end);
  }

  mailTaken(receive: () => boolean): boolean {
    const before = this.#mails;
    const came = receive();
    if (this.#mails > before) this.#writer?.add(Event.BATCH, 0, 0, 0);
    return came;
  }

  comes({ id, failed, site, go }: Arrival): void {
    this.#writer?.add(Event.ARRIVAL, Number(failed), id, hashOf(site));
    go();
  }

  stopped(): void {}

  turnsLoop(): void {
    if (this.#writer?.last !== Event.LOOP) this.#writer?.add(Event.LOOP, 0, 0, 0);
  }

  steps(future: object): void {
    this.#add(Event.STEP, identityOf(future));
  }

  next(): Next | null {
    return null;
  }
  takeLocal(): object | null {
    return null;
  }
  takeMail(): boolean {
    return false;
  }
  pause(): boolean {
    return false;
  }
  diverged(): void {}

  serve(): boolean {
    return false;
  }
  waitForTurn(): boolean {
    return false;
  }
  whereabouts(): undefined {}
}
