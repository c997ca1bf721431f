/** What the threads of the simulated scheduler have to run: a deque each; and, by domain, who has something there and who has nothing to do. */
import type { Threads } from "./threads.ts";

/** A double-ended queue of numbers. */
export class Deque {
  #items: number[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(it: number): void {
    this.#items.push(it);
  }

  pop(): number {
    return this.#items.pop()!;
  }

  get newest(): number {
    return this.#items[this.#items.length - 1]!;
  }

  get oldest(): number {
    return this.#items[this.#head]!;
  }

  /** How many of the oldest ones are of one group. */
  ofOne(group: Int32Array): number {
    const first = group[this.oldest]!;
    let at = this.#head + 1;
    while (first !== 0 && at < this.#items.length && group[this.#items[at]!] === first) at++;
    return at - this.#head;
  }

  shift(): number {
    const it = this.#items[this.#head++]!;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return it;
  }
}

export class Queues {
  readonly #threads: Threads;
  readonly #deques: Deque[] = [];
  /** Threads whose deque is not empty, by domain, and where each stands in that list. */
  readonly #full: number[][];
  readonly #at: Int32Array;
  readonly #idle: number[][];

  constructor(threads: Threads) {
    this.#threads = threads;
    for (let i = 0; i < threads.count; i++) this.#deques.push(new Deque());
    this.#full = Array.from({ length: threads.domains }, () => []);
    this.#idle = Array.from({ length: threads.domains }, () => []);
    this.#at = new Int32Array(threads.count).fill(-1);
  }

  /** Workers without work, the one that rests longest first. */
  idle(domain: number): readonly number[] {
    return this.#idle[domain]!;
  }

  /** An idle worker of any domain, which rests no more. */
  someIdle(): number | undefined {
    return this.#idle.find((it) => it.length > 0)?.pop();
  }

  rest(worker: number): void {
    this.#idle[this.#threads.domainOf(worker)]!.push(worker);
  }

  stir(worker: number): void {
    const idle = this.#idle[this.#threads.domainOf(worker)]!;
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
  }

  of(thread: number): Pick<Deque, "length" | "newest" | "oldest" | "ofOne"> {
    return this.#deques[thread]!;
  }

  full(domain: number): readonly number[] {
    return this.#full[domain]!;
  }

  push(thread: number, task: number): void {
    const deque = this.#deques[thread]!;
    deque.push(task);
    if (deque.length === 1) this.#at[thread] = this.#full[this.#threads.domainOf(thread)]!.push(thread) - 1;
  }

  pop(thread: number): number {
    const task = this.#deques[thread]!.pop();
    this.#taken(thread);
    return task;
  }

  shift(thread: number): number {
    const task = this.#deques[thread]!.shift();
    this.#taken(thread);
    return task;
  }

  #taken(thread: number): void {
    if (this.#deques[thread]!.length > 0) return;
    const full = this.#full[this.#threads.domainOf(thread)]!;
    const at = this.#at[thread]!;
    const last = full.pop()!;
    if (last !== thread) {
      full[at] = last;
      this.#at[last] = at;
    }
    this.#at[thread] = -1;
  }
}
