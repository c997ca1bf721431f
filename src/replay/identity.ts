/** Who a task is, in every run of the program: its spawner, and the how-manieth task of that it is. */
import { Future } from "../sched/core.ts";
import type { SpawnOptions } from "../sched/definition.ts";
import { identityOf } from "../sched/direct.ts";
import { moreOf } from "../sched/more.ts";
import { hashOf } from "../sched/registry.ts";

const OUTSIDE = 1;

/** 53 bits of both numbers. */
export function mix(parent: number, count: number): number {
  const text = `${parent} ${count}`;
  return (hashOf(text) >>> 0) * 2 ** 21 + ((hashOf(`${count}/${parent}`) >>> 0) & 0x1f_ffff);
}

export class Identities {
  readonly #counts = new WeakMap<object, number>();
  #outside = 0;

  /** The identity of the next task that `future`, or code outside of tasks, spawns. */
  next(spawner: Future<unknown> | null): number {
    if (spawner === null) return mix(OUTSIDE, ++this.#outside);
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
