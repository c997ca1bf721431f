/**
 * What runs in a traced thread, and the clock. Time between two readings is charged to what runs at the second one. See ../../trace/README.md,
 * "The clock".
 */
import { getPlatform } from "../../platform/platform.ts";
import type { TraceBuffer, TraceSettings } from "../../trace/buffer.ts";
import { makeClock } from "../../trace/clock.ts";
import { Category } from "../../trace/events.ts";
import { RingWriter } from "../../trace/ring.ts";
import { thread } from "../thread.ts";
import type { Kind } from "./kind.ts";
import { Run } from "./run.ts";
import type { TracedFuture } from "./traced-future.ts";

/** The main strand of a thread, as its events call it. */
export const MAIN = 1;

/** In which the time of a spawn is kept. */
export const TICK_NS = 64;
/** A segment ends by itself before its path (ns) gets longer, so that offsets in it are small integers. */
export const MOST_PATH = 1e9;
/** While tasks are fine, the clock is read about so often (ns), or as often as this where less is folded than so much; at the latest after so many events. */
const READ_NS = 20_000;
const FINE_READ_NS = 6000;
const FINE_FOLD_NS = 50_000;
const MOST_EVENTS = 256;
/** A time between two readings that hides a coarse task. */
const SURPRISE_NS = 50_000;
/** Waits and slices shorter than this (ns) are not drawn. */
export const LEAST_DRAWN_NS = 1000;
/** How often (ns) figures are written that are only counted otherwise. */
export const FLUSH_NS = 50e6;

/** A thread that runs nothing for so long (ns) has looked at its event loop. */
const PAUSE_NS = 2_000_000;

export abstract class Strands {
  readonly ring: RingWriter;
  /** Subtrees that take less (ns) are folded. */
  fold: number;
  protected readonly settings: TraceSettings;
  protected readonly isMain: boolean;
  /** The clock is read at the latest after so many events. */
  protected readonly mostEvents: number;
  readonly #readNs: number;
  readonly #clock: () => number;
  readonly #idleNow: () => number;
  /** When the clock was last read: in ns, and in ticks that wrap around. */
  last = 0.5;
  tick = 0;
  countdown = 1;
  #interval = 1;
  protected readings = 0;
  #idle = 0.5;
  protected flushed = 0.5;
  /** What runs, innermost last; 0 is the thread itself. */
  protected readonly stack: Run[] = [];
  protected depth = 0;
  /** The last of these. Only who knows that no task is quiet may use it; others call `here`. */
  protected cur: Run;
  protected readonly root: Run;
  /** Runs of plain tasks and of waits by depth, used again and again: they end in the order of the stack. */
  protected readonly plain: Run[] = [];
  /**
   * Plain tasks on the stack that have begun since the clock was read have taken no time: no run is kept of them, only, from 1 to `quiet`, where
   * they lie in the deque. They lie above all runs.
   */
  quiet = 0;
  readonly quietAt = new Int32Array(MOST_EVENTS + 1);
  /** How many of them have ended, which `cur` has not been told; and whether these are of several definitions. */
  protected quietFolded = 0;
  protected quietMixed = false;
  protected lastKind: Kind | null = null;
  /** How often something was told that happened at a point of the main strand. */
  protected acts = 0;
  protected readonly totals = new Float64Array(8);
  /** Between `parks` and `unparks`, and since when nothing runs then: async tasks go on while their thread waits for events. -1: not so. */
  protected parking = false;
  protected parkedAt = -1;
  protected parkedFor = 0;
  /** Since when tasks have run here one after the other, and when the last of them ended or was suspended. */
  protected stretch = 0.5;
  #free = 0.5;
  /** No batch goes on after this moment that began before it: the stack began or ended to wait then, or a task to run that suspends. */
  protected boundary = 0.5;

  /** `clock`: nanoseconds since the beginning of the trace; for tests. */
  constructor(buffer: TraceBuffer, slot: number, clock?: () => number) {
    const { foldNs, exact, zero } = (this.settings = buffer.settings);
    this.ring = new RingWriter(buffer, slot);
    this.fold = foldNs;
    this.mostEvents = exact ? 1 : MOST_EVENTS;
    this.#readNs = foldNs < FINE_FOLD_NS ? FINE_READ_NS : READ_NS;
    this.#clock = clock ?? makeClock(zero);
    this.isMain = slot === 0;
    this.#idleNow = clock === undefined && this.isMain ? getPlatform().idleNs : () => 0;
    this.root = this.cur = this.stack[0] = new Run().reset(null, null, MAIN, 0);
    this.root.emitted = true;
    this.root.begin = this.last = this.flushed = this.#clock();
    this.#idle = this.#idleNow();
  }

  /** A segment that has become too long is ended. */
  protected abstract split(run: Run): void;
  /** The quiet tasks get runs. */
  protected abstract disturb(): void;
  abstract flush(): void;

  protected here(): Run {
    if (this.quiet > 0) this.disturb();
    return this.cur;
  }

  /** Tells `cur` of the quiet tasks that were folded into it. Those above a wait on the stack are folded into the first quiet one there, once that has a run. */
  protected settleQuiet(): void {
    const { cur, quietFolded: count } = this;
    if (count === 0 || cur.kind === null) return;
    cur.folded += count;
    if (cur.emitted) cur.batch.add(this.quietMixed ? null : this.lastKind, count);
    this.quietFolded = 0;
    this.quietMixed = false;
  }

  /** Reads the clock, and charges the time since the last reading to what has run. */
  protected read(): void {
    const run = this.here();
    this.settleQuiet();
    const now = this.#clock();
    let passed = now - this.last;
    this.last = now;
    this.tick = (now / TICK_NS) | 0;
    this.readings++;
    if (passed > SURPRISE_NS && this.lastKind !== null && !this.lastKind.coarse) this.lastKind.surprise();
    if (passed > this.#readNs) this.#interval = (this.#interval + 1) >> 1;
    else if (this.#interval < this.mostEvents && passed * 2 < this.#readNs) this.#interval++;
    this.countdown = this.#interval;
    if (run === this.root && this.isMain && passed > 100_000) {
      const idle = this.#idleNow();
      passed = Math.max(0, passed - Math.max(0, idle - this.#idle));
      this.#idle = idle;
    }
    run.self += passed;
    run.path += passed;
    if (run.path > MOST_PATH && (run.kind !== null || (run === this.root && this.isMain))) this.split(run);
    if (now - this.flushed > FLUSH_NS) this.flush();
  }

  protected look(must: boolean): void {
    if (this.quiet > 0) this.disturb();
    if (--this.countdown <= 0 || must) this.read();
  }

  /** Null for waits and the thread itself. */
  protected futureOf(run: Run): TracedFuture | null {
    return run.at >= 0 ? (thread.items[run.at] as TracedFuture) : (run.future as TracedFuture | null);
  }

  /** A wait, or a task that suspends; the clock has just been read. */
  protected push(run: Run): void {
    this.settleQuiet();
    this.boundary = this.last;
    if (this.depth === 0) {
      if (this.parkedAt >= 0) this.endPark();
      if (this.last - this.#free > PAUSE_NS) this.stretch = this.last;
    }
    this.stack[++this.depth] = run;
    this.cur = run;
  }

  protected pop(): void {
    this.settleQuiet();
    this.boundary = this.last;
    this.cur = this.stack[--this.depth]!;
    if (this.depth > 0) return;
    this.#free = this.last;
    if (this.parking) this.parkedAt = this.last;
  }

  /** The clock has just been read. */
  protected endPark(): void {
    const slept = this.last - this.parkedAt;
    // In a join the time counts as the join's.
    if (this.cur === this.root) {
      this.totals[Category.PARKED + this.parkedFor]! += slept;
      this.root.self -= slept;
    }
    this.ring.write("park", { reason: this.parkedFor, time: this.last, begin: this.parkedAt });
    this.parkedAt = -1;
  }

  protected onStack(run: Run): boolean {
    for (let i = this.depth; i > 0; i--) if (this.stack[i] === run) return true;
    return false;
  }
}
