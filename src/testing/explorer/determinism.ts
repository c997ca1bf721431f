import { Random } from "../seed.ts";
import { type Control, Word } from "./control.ts";

const random = new Random();

/**
 * Makes this thread's clock, dice and garbage collector part of the schedule: the time is the step, in microseconds, the dice start anew in each
 * execution, and nothing is ever collected. Before the scenario is imported.
 */
export function takeChanceAway(control: Control): void {
  Math.random = () => random.next();
  Date.now = () => Math.floor(control.words[Word.STEP]! / 1000);
  performance.now = () => control.words[Word.STEP]! / 1000;
  Object.assign(globalThis, { WeakRef: StrongRef, FinalizationRegistry: NoRegistry });
}

export function restartDice(thread: number): void {
  random.reseed(thread);
}

class StrongRef<T extends WeakKey> {
  readonly [Symbol.toStringTag] = "WeakRef";
  readonly #target: T;
  constructor(target: T) {
    this.#target = target;
  }
  deref(): T {
    return this.#target;
  }
}

class NoRegistry {
  readonly [Symbol.toStringTag] = "FinalizationRegistry";
  register(): void {}
  unregister(): boolean {
    return false;
  }
}
