/** Who a task is, in every run of the program: its spawner, and the how-manieth task of that it is. */
import { Future } from "../sched/core.ts";
import type { SpawnOptions } from "../sched/definition.ts";
import { identityOf } from "../sched/direct.ts";
import { moreOf } from "../sched/more.ts";
import { hashOf } from "../sched/registry.ts";

/** Who spawns what is spawned outside of tasks: the main thread of place 0, or another thread. */
const OUTSIDE = 1;

/** 53 bits of both numbers. */
export function mix(parent: number, count: number): number {
  const text = `${parent} ${count}`;
  return (hashOf(text) >>> 0) * 2 ** 21 + ((hashOf(`${count}/${parent}`) >>> 0) & 0x1f_ffff);
}

export class Identities {
  readonly #counts = new WeakMap<object, number>();
  readonly #root: number;
  #outside = 0;

  constructor(place: number, slot: number) {
    this.#root = place + slot === 0 ? OUTSIDE : mix(OUTSIDE, -(place * 2 ** 16 + slot));
  }

  /** The identity of the next task that `future`, or code outside of tasks, spawns. */
  next(spawner: Future<unknown> | null): number {
    if (spawner === null) return mix(this.#root, ++this.#outside);
    const count = (this.#counts.get(spawner) ?? 0) + 1;
    this.#counts.set(spawner, count);
    return mix(identityOf(spawner), count);
  }

  give(future: Future<unknown>): void {
    let spawner = future.owner;
    while (spawner !== null && !(spawner instanceof Future)) spawner = spawner.owner;
    const more = moreOf(future);
    more.options = { ...more.options, replay: this.next(spawner) };
  }

  outside(options: SpawnOptions | null): SpawnOptions {
    return { ...options, replay: this.next(null) };
  }
}
