import type { Future } from "../sched/core.ts";
import { type Clock, NOTHING } from "./clock.ts";

interface Record {
  /** By phase, what comes before the signals of it. */
  readonly signals: (Clock | undefined)[];
  /** By phase, what comes before its beginning. */
  readonly before: Clock[];
}

/** What comes before the phases of phasers. */
export class Phases {
  readonly #records = new WeakMap<object, Record>();
  readonly #awaited = new WeakMap<Future<unknown>, { readonly phaser: object; readonly phase: number }>();

  #record(phaser: object): Record {
    let record = this.#records.get(phaser);
    if (record === undefined) this.#records.set(phaser, (record = { signals: [], before: [NOTHING] }));
    return record;
  }

  signal(phaser: object, phase: number, clock: Clock): void {
    const { signals, before } = this.#record(phaser);
    signals[phase] = (signals[phase] ?? NOTHING).union(clock);
    // Its action comes when all have signalled.
    for (let later = phase + 1; later < before.length; later++) before[later] = before[later]!.union(clock);
  }

  before(phaser: object, phase: number): Clock {
    const { signals, before } = this.#record(phaser);
    const last = Math.min(phase, signals.length);
    while (before.length <= last) before.push(before.at(-1)!.union(signals[before.length - 1] ?? NOTHING));
    return before[last]!;
  }

  await(phaser: object, phase: number, future: Future<unknown>): void {
    this.#awaited.set(future, { phaser, phase });
  }

  /** What comes before a future that is settled when a phase begins; undefined for others. */
  of(future: Future<unknown>): Clock | undefined {
    const it = this.#awaited.get(future);
    return it === undefined ? undefined : this.before(it.phaser, it.phase);
  }
}
