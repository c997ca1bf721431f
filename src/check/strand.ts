import { ALL, type Clock } from "./clock.ts";
import type { Group } from "./loops.ts";
import { Turn } from "./turns.ts";

/** What a strand belongs to, as a report names it. */
export interface Info {
  readonly name: string;
  /** "nobody" stands for none of the others: what a settled future sets going, under the name of whoever has asked for that. */
  readonly kind: "task" | "iteration" | "outside" | "action" | "operation" | "nobody";
  /** Where it was spawned; 0 while nobody has said. */
  site: number;
  readonly place: number;
  readonly parent: Info | null;
  /** Which iteration of the parent, if that is a loop. */
  readonly parentIndex: number;
}

/**
 * What runs in a fixed order: the body of a task, an iteration of a parallel loop, the code outside of tasks. Its steps end
 * where others may come to know of it.
 */
export class Strand {
  /** Its number, once a clock has to speak of it. */
  id = 0;
  step = 1;
  /** What comes before, without itself. */
  clock: Clock;
  readonly info: Info;
  /** Of an iteration: which, and of which loop. */
  readonly index: number;
  readonly group: Group | null;
  /** The body has ended: there will be no further step. */
  ended = false;
  /** Others have come to know of some of its steps. */
  told = false;
  /** What comes before whatever comes next; null where that has changed. */
  #past: Clock | null = null;

  /** The turn with a lock in which it, or who spawned it, is. */
  turn: Turn | null = null;

  constructor(clock: Clock, info: Info, index = -1, group: Group | null = null) {
    this.clock = clock;
    this.info = info;
    this.index = index;
    this.group = group;
  }

  learn(clock: Clock): void {
    const before = this.clock;
    this.clock = before.union(clock);
    if (this.clock !== before) this.#past = null;
  }

  /** What it does from now on is told apart from what it has done. */
  renew(): void {
    if (this.id !== 0) this.clock = this.clock.with(this.id, ALL);
    this.id = 0;
    this.step = 1;
    this.#past = null;
  }

  /** It has touched memory since others were told. */
  touched(): void {
    this.#past = null;
  }

  past(): Clock {
    if (this.#past !== null && !this.ended) return this.#past;
    if (this.id === 0) return (this.#past = this.clock);
    this.told ||= !this.ended;
    return (this.#past = this.clock.with(this.id, this.ended ? ALL : this.step++));
  }
}

/** All strands that a clock speaks of, by number. */
export class Roll {
  readonly infos: (Info | null)[] = [null];
  #indices = new Float64Array(1024);
  /** The loop of an iteration that has ended, and of which nobody knows but by the end of that loop; else 0. */
  #loops = new Uint32Array(1024);

  /** Gives the strand its number. */
  enter(strand: Strand): number {
    const id = this.infos.length;
    this.infos.push(strand.info);
    if (id >= this.#indices.length) {
      const indices = new Float64Array(id * 2);
      indices.set(this.#indices);
      this.#indices = indices;
      const loops = new Uint32Array(id * 2);
      loops.set(this.#loops);
      this.#loops = loops;
    }
    this.#indices[id] = strand.index;
    if (strand.turn !== null) Turn.entered(strand, id);
    return (strand.id = id);
  }

  get size(): number {
    return this.infos.length;
  }

  indexOf(id: number): number {
    return this.#indices[id]!;
  }

  setLoop(id: number, loop: number): void {
    this.#loops[id] = loop;
  }

  loopOf(id: number): number {
    return this.#loops[id]!;
  }
}
