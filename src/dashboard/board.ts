/** Everything that is known of the running program, and how it is told to pages. Knows neither HTTP nor threads. */
import type { Memory } from "../shared/memory.ts";
import { placeOfThread, TraceBuffer, threadOf } from "../trace/buffer.ts";
import { FarPlace, rowsOf, sumOf } from "./far-place.ts";
import { LiveTrace } from "./live-trace.ts";
import type { About, End, Failure, Heap, Hello, Lane, LaneFigures, Point, Slice, Tick } from "./messages.ts";
import { RuntimeView } from "./runtime-view.ts";

/** What is kept for pages that are opened later: points of the curves, and slices. */
const MOST_POINTS = 1200;
const MOST_SLICES_KEPT = 6000;
/** In one tick. */
export const MOST_SLICES = 600;
const MOST_FAILURES = 100;
const MOST_ROWS = 40;
/** Rates are those of the last so many ticks: workers publish their counters ten times a second. */
const RATE_TICKS = 4;

interface Sums {
  readonly t: number;
  readonly executed: number;
  readonly stolen: number;
  readonly promoted: number;
}

export interface RuntimeNews {
  readonly name: string;
  readonly place: number;
  readonly workers: number;
  readonly memory: Memory;
  /** Its part of the trace, and the number of its first thread less one. */
  readonly trace: { readonly memory: SharedArrayBuffer; readonly base: number } | null;
}

const MAIN = "main thread";
const STILL = { running: 0, joining: 0, searching: 0, parked: 0 };
const ALONE: LaneFigures = {
  ...STILL,
  executed: 0,
  promoted: 0,
  stolen: 0,
  sleeps: 0,
  stealable: 0,
  private: 0,
};

/** Threads of this process, which have the lanes of these numbers. */
interface Source {
  readonly place: number;
  readonly lanes: readonly number[];
  take(): readonly LaneFigures[];
}

export class Board {
  readonly #about: About;
  readonly #trace: LiveTrace | null;
  readonly #now: () => number;
  readonly #sources: Source[] = [];
  readonly #far = new Map<number, FarPlace>();
  #farSlices: Slice[] = [];
  readonly #runtimes: RuntimeView[] = [];
  readonly #lanes: Lane[] = [];
  /** Lanes of threads, as the trace numbers them. */
  readonly #laneOf = new Map<number, number>();
  readonly #history: Point[] = [];
  readonly #failures: Failure[] = [];
  /** Failures and their counts, as pages know them. */
  readonly #told = new Map<number, number>();
  readonly #sums: Sums[] = [];
  #kept: Slice[] = [];
  #unlisted = 0;
  #namesTold = 0;
  end: End | null = null;
  mostSlices = MOST_SLICES;
  /** Places that were asked and do not answer. */
  silent: readonly number[] = [];
  /** Curves have changed in what is past: pages need a `hello`. */
  renewed = false;

  /** `now`: milliseconds since the start of the program. */
  constructor(about: About, shorten: (url: string) => string, now: () => number) {
    this.#about = about;
    this.#now = now;
    this.#trace = about.traced ? new LiveTrace(shorten) : null;
  }

  /** A main thread, whose part of the trace this is. */
  addMain(memory: SharedArrayBuffer): void {
    const { place } = new TraceBuffer(memory).settings;
    const thread = threadOf(0, { base: 0, place });
    this.#trace?.watch(memory, [0]);
    const lane = this.#lane({ name: MAIN, group: this.#several ? `place ${place}` : "", place, sampled: false });
    this.#laneOf.set(thread, lane);
    // The serial scheduler runs everything on the main thread, and publishes nothing.
    const isSerial = (): boolean => this.#runtimes.every(({ workers }) => workers === 0);
    const take = (): LaneFigures[] => [{ ...ALONE, executed: isSerial() ? this.#trace!.tasksOf(thread) : 0 }];
    this.#sources.push({ place, lanes: [lane], take });
  }

  addRuntime({ name, place, workers, memory, trace }: RuntimeNews): void {
    const view = new RuntimeView(name, workers, memory);
    const slots = Array.from({ length: workers }, (_, i) => i + 1);
    const lanes = slots.map((slot) => this.#lane({ name: `worker ${slot}`, group: name, place, sampled: true }));
    this.#runtimes.push(view);
    this.#sources.push({ place, lanes, take: () => view.take() });
    if (trace === null) return;
    for (const [i, slot] of slots.entries()) this.#laneOf.set(threadOf(slot, { base: trace.base, place }), lanes[i]!);
    this.#trace?.watch(trace.memory, slots);
  }

  #lane(lane: Lane): number {
    return this.#lanes.push(lane) - 1;
  }

  /** The places whose main threads are traced. */
  get mains(): number[] {
    return this.#lanes.filter((it) => !it.sampled).map((it) => it.place);
  }

  get #several(): boolean {
    return this.#about.places > 1;
  }

  /** A runtime has stopped; without a name, all have. */
  stop(name?: string): void {
    for (const runtime of this.#runtimes) if (name === undefined || runtime.name === name) runtime.stop();
  }

  /** A place is gone, and its threads with it. */
  lose(place: number, why: string): void {
    for (const [i, lane] of this.#lanes.entries()) if (lane.place === place) this.#lanes[i] = { ...lane, lost: true };
    this.stop(`place ${place}`);
    this.#far.delete(place);
    this.addFailure(`place ${place}`, why, place);
  }

  /** Looks at what workers do, for the next tick. */
  look(): void {
    for (const runtime of this.#runtimes) runtime.look();
  }

  /** `place`: where, if that is one of several. */
  addFailure(what: string, text: string, place: number | null, t = this.#now() / 1000): void {
    const known = this.#failure(what, text, place, t);
    if (known !== null) known.count++;
    else this.#unlisted++;
  }

  #failure(what: string, text: string, place: number | null, t: number): Failure | null {
    let it = this.#failures.find((it) => it.text === text && it.what === what && it.place === place);
    if (it === undefined && this.#failures.length < MOST_FAILURES)
      this.#failures.push((it = { id: this.#failures.length, what, place, t, text, count: 0 }));
    return it ?? null;
  }

  /** What the board of another place has told. */
  addFar(place: number, part: Hello | Tick): void {
    let far = this.#far.get(place);
    if (far === undefined) {
      far = new FarPlace({
        lane: (lane) => this.#lane(lane),
        name: (text) => this.#trace?.numberOf(text) ?? 0,
        failure: (what, text, its, t) => this.#failure(what, text, its, t),
        slices: (slices) => this.#farSlices.push(...slices),
        past: (addTo) => {
          for (const [i, point] of this.#history.entries()) this.#history[i] = addTo(point);
        },
      });
      this.#far.set(place, far);
    }
    far.take(part, this.#now() / 1000);
    if (part.kind === "hello") this.renewed = true;
  }

  /** Other places, or one of them, tell nothing from now on, until they do. */
  restFar(place?: number): void {
    for (const [its, far] of this.#far) if (place === undefined || its === place) far.live = false;
  }

  /** What has happened since the last tick. */
  tick(): Tick {
    this.#trace?.read();
    const figures = this.#figures();
    const far = [...this.#far.values()];
    const heaps = [this.#heap(), ...far.map((it) => it.heap)];
    const live = far.filter((it) => it.live);
    const point = live.reduce((sum, it) => sumOf(sum, it.point!), this.#point(figures, heaps[0]!));
    for (const it of live) it.counted(point.t);
    for (const { lanes, live, figures: its } of far)
      for (const [i, lane] of lanes.entries()) figures[lane] = live ? its[i]! : { ...its[i]!, ...STILL };
    this.#history.push(point);
    if (this.#history.length > MOST_POINTS) this.#history.shift();
    const slices = this.#slices();
    for (const { thread, time, name, text } of this.#trace?.takeFailures() ?? [])
      this.addFailure(name, text, this.#several ? placeOfThread(thread) : null, time / 1e9);
    const failures = this.#failures.filter((it) => this.#told.get(it.id) !== it.count).map((it) => ({ ...it }));
    for (const { id, count } of failures) this.#told.set(id, count);
    const names = this.#trace?.names ?? [];
    const namesFrom = this.#namesTold;
    this.#namesTold = names.length;
    return {
      kind: "tick",
      point,
      lanes: [...this.#lanes],
      figures,
      heap: {
        used: sum(heaps, (it) => it.used),
        peak: sum(heaps, (it) => it.peak),
        capacity: sum(heaps, (it) => it.capacity),
      },
      namesFrom,
      names: names.slice(namesFrom),
      slices,
      tasks: rowsOf([this.#trace?.rows(MOST_ROWS) ?? [], ...far.map((it) => it.tasks)], MOST_ROWS),
      failures,
      failed: (this.#trace?.failed ?? 0) + sum(far, (it) => it.failed),
      unlisted: this.#unlisted + sum(far, (it) => it.unlisted),
      lost: (this.#trace?.lost ?? 0) + sum(far, (it) => it.lost),
      silent: this.silent,
      missed: (this.#trace?.missed ?? 0) + sum(far, (it) => it.missed),
    };
  }

  /** For a page that was just opened: the last tick, with everything that others were told before. */
  hello(last: Tick): Hello {
    const tick: Tick = {
      ...last,
      namesFrom: 0,
      names: (this.#trace?.names ?? []).slice(0, this.#namesTold),
      slices: this.#kept,
      failures: [...this.#failures],
    };
    return { kind: "hello", about: this.#about, history: this.#history, tick, end: this.end };
  }

  #figures(): LaneFigures[] {
    const figures: LaneFigures[] = this.#lanes.map(() => ALONE);
    for (const { lanes, take } of this.#sources) for (const [i, it] of take().entries()) figures[lanes[i]!] = it;
    return figures;
  }

  #heap(): Heap {
    const sum = { used: 0, peak: 0, capacity: 0 };
    for (const runtime of this.#runtimes) {
      const { used, peak, capacity } = runtime.heap();
      sum.used += used;
      sum.peak += peak;
      sum.capacity += capacity;
    }
    return sum;
  }

  #point(figures: readonly LaneFigures[], heap: Heap): Point {
    const t = this.#now() / 1000;
    const now: Sums = {
      t,
      executed: sum(figures, (it) => it.executed),
      stolen: sum(figures, (it) => it.stolen),
      promoted: sum(figures, (it) => it.promoted),
    };
    this.#sums.push(now);
    if (this.#sums.length > RATE_TICKS + 1) this.#sums.shift();
    const before = this.#sums[0]!;
    const seconds = t - before.t;
    const rate = (key: "executed" | "stolen" | "promoted"): number =>
      seconds > 0 ? Math.max(0, now[key] - before[key]) / seconds : 0;
    const sent = this.#runtimes.reduce((all, it) => all + it.sent, 0);
    return {
      t,
      tasks: rate("executed"),
      busy: sum(figures, (it) => it.running),
      steals: rate("stolen"),
      promotions: rate("promoted"),
      queued: sent + sum(figures, (it) => it.stealable + it.private),
      heap: heap.used,
    };
  }

  /** The longest ones, where there are too many to draw. */
  #slices(): Slice[] {
    let slices = this.#farSlices;
    this.#farSlices = [];
    for (const [thread, ...rest] of this.#trace?.takeSlices() ?? []) {
      const lane = this.#laneOf.get(thread);
      if (lane !== undefined) slices.push([lane, ...rest]);
    }
    if (slices.length > this.mostSlices) {
      slices.sort((a, b) => b[2] - b[1] - (a[2] - a[1]));
      slices = slices.slice(0, this.mostSlices);
    }
    this.#kept = [...this.#kept, ...slices].slice(-MOST_SLICES_KEPT);
    return slices;
  }
}

const sum = <T>(list: readonly T[], of: (it: T) => number): number => list.reduce((all, it) => all + of(it), 0);
