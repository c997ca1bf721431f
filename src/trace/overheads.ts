/** What the scheduler itself took in a trace, which no task's work holds. */
import { isMainThread } from "./buffer.ts";
import type { EventOf, TraceEvent } from "./events.ts";
import { type Interval, union } from "./report/figures.ts";

/** With fewer of them the first ones, whose code is cold, would count too much. */
const ENOUGH = 32;
/** From one task to the next nothing takes longer (ns), but for what the system or the engine does in between. */
const MOST_TURN_NS = 200_000;

export interface Overheads {
  /**
   * From the moment in which a task lay there, and its thief was awake and had nothing else to do, to its beginning (ns): the median of all steals of one
   * worker from another. Most of it is reading the arguments, whose size differs from program to program, by code that is the colder the less it is used.
   */
  readonly stealNs: number | undefined;
  /** From the end of a task to the beginning of the worker's own next one (ns), with what it makes ready and promotes in between: the mean. */
  readonly turnNs: number | undefined;
}

export function overheadsOf(events: readonly TraceEvent[]): Overheads {
  const promoted = new Map<string, number>();
  const threads = new Map<number, Thread>();
  for (const event of events) {
    if (event.kind === "promote") promoted.set(`${event.slot}:${event.n}`, event.time);
    if (isMainThread(event.slot)) continue;
    let thread = threads.get(event.slot);
    if (thread === undefined) threads.set(event.slot, (thread = new Thread()));
    thread.add(event);
  }
  const all = [...threads.values()];
  const steals = all.flatMap((it) => it.stealCosts(promoted)).sort((a, b) => a - b);
  const turns = all.flatMap((it) => it.turns());
  return {
    stealNs: steals.length < ENOUGH ? undefined : Math.max(0, steals[steals.length >> 1]!),
    turnNs: turns.length < ENOUGH ? undefined : turns.reduce((sum, it) => sum + it, 0) / turns.length,
  };
}

const FREES: ReadonlySet<TraceEvent["kind"]> = new Set(["end", "segment", "slice", "batch", "park", "steal"]);

class Thread {
  readonly #steals: EventOf<"steal">[] = [];
  /** When which task began. */
  readonly #begins = new Map<number, number>();
  readonly #ran: Interval[] = [];
  /** When it woke up, or had come to the end of something. */
  readonly #free: number[] = [];
  /** When it did anything else than go from one task to the next. */
  readonly #breaks: number[] = [];

  add(event: TraceEvent): void {
    if (event.kind === "steal") this.#steals.push(event);
    else if (event.kind === "begin") this.#begins.set(event.n, event.time);
    else if (event.kind === "slice" || (event.kind === "end" && event.begin >= 0))
      this.#ran.push({ from: event.begin, to: event.time });
    if (event.kind === "steal" || event.kind === "park") this.#breaks.push(event.time);
    if (FREES.has(event.kind) && "time" in event) this.#free.push(event.time);
  }

  stealCosts(promoted: ReadonlyMap<string, number>): number[] {
    const free = this.#free.sort((a, b) => a - b);
    return this.#steals.flatMap((steal) => {
      const lay = isMainThread(steal.from) ? undefined : promoted.get(`${steal.from}:${steal.origin}`);
      const begin = this.#begins.get(steal.n);
      return lay === undefined || begin === undefined ? [] : [begin - Math.max(lay, before(free, steal.time))];
    });
  }

  turns(): number[] {
    const breaks = this.#breaks.sort((a, b) => a - b);
    const ran = union(this.#ran);
    return ran.flatMap(({ from }, i) => {
      const end = i === 0 ? from : ran[i - 1]!.to;
      return i === 0 || before(breaks, from) >= end || from - end > MOST_TURN_NS ? [] : [from - end];
    });
  }
}

/** The last of the sorted times that is before `time`, else 0. */
function before(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return times[low - 1] ?? 0;
}
