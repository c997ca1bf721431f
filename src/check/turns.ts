/**
 * Turns with locks. What is done in one turn does not race with what is done in another one of the same lock, and nothing else is ordered by them: who
 * comes first differs from run to run. So what a strand does in its turn has a number of its own, which later turns of the lock know, and nobody else.
 */
import { ALL, type Clock, NOTHING } from "./clock.ts";
import type { Strand } from "./strand.ts";

interface Lock {
  /** What was done in the turns that have ended. */
  done: Clock;
  /** What comes before the end of the last turn; kept where turns are to order. */
  released: Clock;
}

export class Turn {
  readonly lock: Lock;
  owner: Strand | null = null;
  /** The one that the owner had when it got this. */
  outer: Turn | null = null;
  isOpen = false;
  /** The numbers of the owner in this turn, and of what it has spawned in it. */
  readonly #numbers: number[] = [];
  readonly #interleaves: boolean;

  /** With `interleaves`, the owner may be one of several, of which one runs at a time. */
  constructor(lock: Lock, interleaves: boolean) {
    this.lock = lock;
    this.#interleaves = interleaves;
  }

  begin(owner: Strand): void {
    this.owner = owner;
    owner.renew();
    this.outer = owner.turn;
    owner.turn = this;
    this.isOpen = true;
  }

  end(): void {
    const { owner } = this;
    if (!this.isOpen || owner === null) return;
    owner.renew();
    this.isOpen = false;
    // What nobody has waited for in the turn may go on after it.
    for (const number of this.#numbers) if (owner.clock.get(number) === ALL) this.lock.done = this.lock.done.with(number, ALL);
    while (owner.turn !== null && !owner.turn.isOpen) owner.turn = owner.turn.outer;
  }

  /** A strand that belongs to the turn has got a number. */
  static entered(strand: Strand, number: number): void {
    for (let it = strand.turn; it !== null; it = it.outer) {
      if (!it.isOpen) continue;
      it.#numbers.push(number);
      if (it.#interleaves && strand === it.owner) it.lock.done = it.lock.done.with(number, ALL);
    }
  }

  /** Whether a lock keeps what a strand has done apart from what is done in this turn. */
  static excludes(turn: Turn, strand: number): boolean {
    for (let it: Turn | null = turn; it !== null; it = it.outer) if (it.isOpen && it.lock.done.get(strand) === ALL) return true;
    return false;
  }
}

export class Locks {
  readonly #locks = new Map<string, Lock>();

  turn(name: string, interleaves = false): Turn {
    let lock = this.#locks.get(name);
    if (lock === undefined) this.#locks.set(name, (lock = { done: NOTHING, released: NOTHING }));
    return new Turn(lock, interleaves);
  }
}
