/** Noticing that nothing goes on, for `heddle run --watch-stuck`. */
import { stepsRun, suspended } from "../sched/suspend.ts";
import { bodiesRun, thread } from "../sched/thread.ts";
import { load } from "../shared/atomics.ts";
import { Slot, slotWord } from "../shared/layout.ts";
import type { Runtime } from "../task/runtime.ts";

/** What changes whenever a task begins, ends or goes on, as a text to compare. */
export function progressOf(runtime: Runtime): string {
  const { i32, f64 } = runtime.here.mem;
  if (runtime.client === null) return [bodiesRun(), stepsRun(), suspended.size, thread.top, thread.at].join();
  const parts: number[] = [runtime.client.station.counters.home, runtime.client.outstanding];
  for (let slot = 1; slot <= runtime.workers; slot++) {
    const word = slotWord(slot);
    parts.push(load(i32, word + Slot.ACTIVITY), f64[(word + Slot.CLOCK) >>> 1]!);
  }
  return parts.join();
}

/** Since when nothing has changed. */
export class StallWatch {
  readonly #limit: number;
  #seen = "";
  #since = 0;
  #told = false;

  /** `limit` in milliseconds. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The milliseconds for which nothing has changed, once that are more than the limit; 0 otherwise, and when it was told already. */
  look(progress: string, now: number): number {
    if (progress !== this.#seen) {
      this.#seen = progress;
      this.#since = now;
      this.#told = false;
    }
    const stalled = now - this.#since;
    if (this.#told || stalled < this.#limit) return 0;
    this.#told = true;
    return stalled;
  }

  /** For how long (ms) nothing has changed, as far as was looked. */
  stalled(now: number): number {
    return now - this.#since;
  }

  /** What is so now does not count as a change: asking the workers has woken them. */
  accept(progress: string): void {
    this.#seen = progress;
  }
}
