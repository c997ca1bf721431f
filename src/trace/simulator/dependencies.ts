/** What is still to happen before tasks can begin or go on, and nodes are complete. */
import type { Model } from "../model.ts";

export interface Consequences {
  /** All that a task comes after has happened. */
  begin(task: number): void;
  /** What a task has waited for is complete. */
  goesOn(task: number): void;
  /** To be told again, by `complete`, after so long (ns). */
  completesIn(ns: number, node: number): void;
}

export class Dependencies {
  readonly #model: Model;
  readonly #then: Consequences;
  readonly #pending: Int32Array;
  readonly #done: Uint8Array;
  /** Nodes that are no tasks, and will be complete by and by. */
  readonly #due: Uint8Array;
  readonly #waiters = new Map<number, number[]>();

  constructor(model: Model, then: Consequences) {
    this.#model = model;
    this.#then = then;
    this.#pending = model.pending.slice();
    this.#done = new Uint8Array(model.steps.length);
    this.#due = new Uint8Array(model.steps.length);
  }

  /** Nodes that come after nothing are complete. */
  begin(): void {
    const { isTask } = this.#model;
    for (let node = 1; node < isTask.length; node++) if (!isTask[node] && this.#pending[node] === 0) this.complete(node);
  }

  isDone(node: number): boolean {
    return this.#done[node] === 1;
  }

  /** Whether a task has to wait for it: not for what is complete, nor for something of which nothing is known. */
  holds(node: number): boolean {
    if (this.#done[node] === 1) return false;
    return this.#model.isTask[node]! || this.#pending[node] !== 0 || this.#due[node] !== 0;
  }

  wait(task: number, node: number): void {
    const waiters = this.#waiters.get(node);
    if (waiters === undefined) this.#waiters.set(node, [task]);
    else waiters.push(task);
  }

  /** One thing less to wait for. */
  follow(node: number): void {
    if (--this.#pending[node]! > 0) return;
    if (this.#model.isTask[node]) return this.#then.begin(node);
    const delay = this.#model.delays[node] ?? 0;
    if (delay === 0) return this.complete(node);
    this.#due[node] = 1;
    this.#then.completesIn(delay, node);
  }

  complete(node: number): void {
    if (this.#done[node] === 1) return;
    this.#done[node] = 1;
    for (const it of this.#model.followers[node]!) this.follow(it);
    const waiters = this.#waiters.get(node);
    if (waiters === undefined) return;
    this.#waiters.delete(node);
    for (const task of waiters) this.#then.goesOn(task);
  }
}
