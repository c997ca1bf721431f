/**
 * How a worker looks for work: whether it is counted as hungry, how long it looks before it sleeps, and taking cells from others.
 * See README.md, "Promotion".
 */
import { add, load, pause, sub } from "../shared/atomics.ts";
import { Cell } from "../shared/cell.ts";
import { Control, RINGS, Ring, ringWord, Slot, slotWord } from "../shared/layout.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { Hunger, noteHunger } from "./hunger.ts";
import { announce, becomeSpinner, leaveSpinner, Park, retract, someoneIsIdle, wake, wakeIdle } from "./parking.ts";
import { noteActivity, noteClock } from "./rest.ts";
import { RingThief } from "./ring.ts";

/** Rounds without success before a worker sleeps: for the one that is the spinner, and for all others, or all where there are more threads than cores. */
const SPINS = 100;
const FEW_SPINS = 1;
/** Looks in a round, each of some 50 ns. */
const LOOKS = 4;

export class Hunting {
  /** By ring and slot. */
  readonly thieves: readonly (readonly RingThief[])[];
  stolen = 0;
  /** Rounds since it has last found something. */
  rounds = 0;
  readonly mostRounds: number;
  readonly #mem: SharedMemory;
  readonly #i32: Int32Array;
  readonly #slot: number;
  /** The client's and the workers'. */
  readonly #slots: number;
  /** All slots: a communication thread has rings as well. */
  readonly #all: number;
  /** The words of the tops of all rings. */
  readonly #tops: number[] = [];
  /** Whether it looks for work, and is to wake another worker when it has found some. */
  #looking = false;
  /** Whether HUNGRY counts it. It goes on to be counted while it runs what it has found, until it has something to give itself. */
  #counted = false;
  #spinner = false;
  #seed: number;

  constructor(mem: SharedMemory, slot: number, slots: number, all: number) {
    this.#mem = mem;
    this.#i32 = mem.i32;
    this.mostRounds = mem.i32[Control.CROWDED] === 1 ? FEW_SPINS : SPINS;
    this.#slot = slot;
    this.#slots = slots;
    this.#all = all;
    this.#seed = slot * 7919 + 12345;
    this.thieves = Array.from({ length: RINGS }, (_, ring) =>
      Array.from({ length: all }, (_, slot) => new RingThief(mem.i32, ringWord(slot, ring))),
    );
    for (let ring = 0; ring < RINGS; ring++) {
      for (let slot = 0; slot < all; slot++) this.#tops.push(ringWord(slot, ring) + Ring.TOP);
    }
  }

  /** There is something to run, or to see to. Before it is run: that may take long. */
  found(): true {
    this.rounds = 0;
    noteActivity(this.#i32, this.#slot);
    if (this.#looking) {
      this.#looking = false;
      if (this.#counted) noteHunger(this.#i32, this.#slot, Hunger.COUNTED);
      noteClock(this.#mem.f64, this.#slot, performance.now());
      this.stopSpinning();
      // Whoever made work may have woken this worker for it, or nobody since this one was spinning: pass the call on. Who
      // announces sleep after `someoneIsIdle` looks at the rings itself.
      if (someoneIsIdle(this.#i32, this.#slots) && this.anyInRings()) wakeIdle(this.#i32, this.#slots, this.#slot);
    }
    return true;
  }

  /** Whether to look once more rather than sleep. */
  spin(): boolean {
    if (this.rounds === 0 && !this.#spinner) this.#spinner = becomeSpinner(this.#i32, this.#slot);
    if (this.rounds++ >= (this.#spinner ? this.mostRounds : FEW_SPINS)) return false;
    this.watchForWork();
    return true;
  }

  /** For about a microsecond, or until there is mail or something in a ring: by plain reads, which a look at everything follows. */
  watchForWork(): void {
    const i32 = this.#i32;
    const box = slotWord(this.#slot) + Slot.MAILBOX;
    const tops = this.#tops;
    for (let look = 0; look < LOOKS; look++) {
      pause();
      if (i32[box] !== 0) return;
      for (let i = 0; i < tops.length; i++) {
        const top = tops[i]!;
        if (i32[top] !== i32[top + Ring.BOTTOM]) return;
      }
    }
  }

  stopSpinning(): void {
    if (this.#spinner) leaveSpinner(this.#i32, this.#slot);
    this.#spinner = false;
  }

  becomeHungry(): void {
    if (!this.#counted) {
      this.#counted = true;
      noteHunger(this.#i32, this.#slot, Hunger.COUNTED); // first: should this thread die, the count is put right
      add(this.#i32, Control.HUNGRY, 1);
    }
    if (this.#looking) return;
    this.#looking = true;
    noteHunger(this.#i32, this.#slot, Hunger.LOOKING);
    if (load(this.#i32, Control.ASKS_HUNGER) !== 0) wake(this.#i32, this.#i32[Control.COMMUNICATION]!);
  }

  /** It has work to give: it is not counted any more. Whether others still are. */
  givesWay(): boolean {
    if (this.#counted) {
      this.#counted = false;
      noteHunger(this.#i32, this.#slot, Hunger.NONE);
      sub(this.#i32, Control.HUNGRY, 1);
    }
    return this.#i32[Control.HUNGRY] !== 0;
  }

  /** A plain look, as in `push`. */
  othersAreHungry(): boolean {
    return this.#i32[Control.HUNGRY]! > (this.#counted ? 1 : 0);
  }

  /** One round over the other slots from `first` on, most urgent rings first; a cell, or 0. */
  steal(accept: (cell: number) => boolean, first: number, rings: readonly (readonly RingThief[])[] = this.thieves): number {
    const count = this.#all - first;
    for (const thieves of rings) {
      if (!someHold(thieves)) continue;
      const start = this.#random() % count;
      for (let i = 0; i < count; i++) {
        const slot = first + ((start + i) % count);
        const thief = thieves[slot]!;
        if (slot === this.#slot || thief.looksEmpty()) continue;
        const cell = thief.steal(accept);
        if (cell > 0) {
          this.#i32[(cell >>> 2) + Cell.THIEF] = this.#slot; // plain, at once, and without a call: see README.md, "A dead thread"
          this.stolen++;
          return cell;
        }
      }
    }
    return 0;
  }

  /**
   * On a waiting stack: announces sleep, and looks once more for what it may run: whoever pushed that before has woken nobody. A cell, with which it is
   * awake again; or 0.
   */
  announceNested(accept: (cell: number) => boolean): number {
    announce(this.#i32, this.#slot, Park.NESTED);
    const cell = this.anyInRings() ? this.steal(accept, 1) : 0;
    if (cell !== 0) retract(this.#i32, this.#slot);
    return cell;
  }

  /** Whether any ring holds something. */
  anyInRings(): boolean {
    return this.thieves.some((thieves) => thieves.some((thief) => !thief.isEmpty()));
  }

  /** The same by plain reads, which may be late. */
  seemsAnyInRings(): boolean {
    return this.thieves.some((thieves) => thieves.some((thief) => !thief.looksEmpty()));
  }

  #random(): number {
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    return this.#seed >>> 0;
  }
}

/** A plain look, as `looksEmpty`. */
function someHold(thieves: readonly RingThief[]): boolean {
  for (let slot = 0; slot < thieves.length; slot++) if (!thieves[slot]!.looksEmpty()) return true;
  return false;
}
