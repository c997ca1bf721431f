import type { Future } from "./core.ts";
import type { Port } from "./port.ts";
import { addWaiter, type Waiter, type Waiters } from "./waiters.ts";

/**
 * The members of one bundle, and who waits for them. A member is a SHARED future whose `a0` is this and whose `a1` is its number:
 * with its waiters kept here, most members never need a `More`.
 */
export class Gathering {
  readonly port: Port;
  readonly members: Future<unknown>[] = [];
  #waiters: Waiters[] | null = null;

  constructor(port: Port) {
    this.port = port;
  }

  wait(member: number, waiter: Waiter): void {
    this.#waiters ??= [];
    while (this.#waiters.length <= member) this.#waiters.push(null);
    this.#waiters[member] = addWaiter(this.#waiters[member]!, waiter);
  }

  /** Who waits for a member that is being settled: once. */
  takeWaiters(member: number): Waiters {
    const waiters = this.#waiters?.[member] ?? null;
    if (waiters !== null) this.#waiters![member] = null;
    return waiters;
  }
}
