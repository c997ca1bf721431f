/** What another process tells of its place, in the numbers of this board. */
import type { Failure, Heap, Hello, Lane, LaneFigures, Point, Slice, TaskRow, Tick } from "./messages.ts";

/** The board, to which lanes, names, failures and slices of all places belong. */
export interface Whole {
  lane(lane: Lane): number;
  name(text: string): number;
  failure(what: string, text: string, place: number | null, t: number): Failure | null;
  slices(slices: readonly Slice[]): void;
  /** Adds to the points of the curves. */
  past(addTo: (point: Point) => Point): void;
}

const NO_HEAP: Heap = { used: 0, peak: 0, capacity: 0 };

export class FarPlace {
  readonly #whole: Whole;
  /** Lanes and names of the other board, as they are called here. */
  readonly lanes: number[] = [];
  readonly #names: number[] = [];
  readonly #failures = new Map<number, Failure>();
  /** What is added to times there (s): the message that was fastest says it best. */
  #offset = Number.POSITIVE_INFINITY;
  /** The last of its slices (ms, its own clock), and until when (s) curves hold what it did. */
  #sliced = 0;
  #counted = 0;
  /** It tells what it does at this moment. */
  live = false;
  figures: readonly LaneFigures[] = [];
  point: Point | null = null;
  heap = NO_HEAP;
  tasks: readonly TaskRow[] = [];
  failed = 0;
  unlisted = 0;
  lost = 0;
  missed = 0;

  constructor(whole: Whole) {
    this.#whole = whole;
  }

  /** `now`: in seconds. */
  take(part: Hello | Tick, now: number): void {
    const tick = part.kind === "hello" ? part.tick : part;
    this.#offset = Math.min(this.#offset, now - tick.point.t);
    for (const lane of tick.lanes.slice(this.lanes.length)) this.lanes.push(this.#whole.lane(lane));
    for (const [i, name] of tick.names.entries()) this.#names[tick.namesFrom + i] ??= this.#whole.name(name);
    this.#takeSlices(tick.slices);
    for (const it of tick.failures) this.#takeFailure(it);
    if (part.kind === "hello") this.#takePast(part.history);
    this.figures = tick.figures;
    this.point = tick.point;
    this.heap = tick.heap;
    this.tasks = tick.tasks;
    this.failed = tick.failed;
    this.unlisted = tick.unlisted;
    this.lost = tick.lost;
    this.missed = tick.missed;
    this.live = true;
  }

  /** Its curves are part of those of the board, up to now (s). */
  counted(now: number): void {
    this.#counted = now;
  }

  #takeSlices(slices: readonly Slice[]): void {
    const ms = this.#offset * 1000;
    const fresh = slices.filter(([, , to]) => to > this.#sliced);
    for (const [, , to] of fresh) this.#sliced = Math.max(this.#sliced, to);
    this.#whole.slices(
      fresh.flatMap(([lane, from, to, name, kind]): Slice[] => {
        const its = this.lanes[lane];
        return its === undefined ? [] : [[its, from + ms, to + ms, this.#names[name] ?? 0, kind]];
      }),
    );
  }

  #takeFailure({ id, what, text, place, t, count }: Failure): void {
    const known = this.#failures.get(id) ?? this.#whole.failure(what, text, place, t + this.#offset);
    if (known === null) return;
    known.count = count;
    this.#failures.set(id, known);
  }

  /** What it did while nobody looked. */
  #takePast(points: readonly Point[]): void {
    let i = 0;
    this.#whole.past((point) => {
      const t = point.t - this.#offset;
      while (i + 1 < points.length && points[i + 1]!.t <= t) i++;
      const its = points[i];
      return point.t <= this.#counted || its === undefined || its.t > t ? point : sumOf(point, its);
    });
  }
}

export const sumOf = (a: Point, b: Point): Point => ({
  t: a.t,
  tasks: a.tasks + b.tasks,
  busy: a.busy + b.busy,
  steals: a.steals + b.steals,
  promotions: a.promotions + b.promotions,
  queued: a.queued + b.queued,
  heap: a.heap + b.heap,
});

/** The same definition may have run at several places. */
export function rowsOf(lists: readonly (readonly TaskRow[])[], most: number): TaskRow[] {
  const rows = new Map<string, TaskRow>();
  for (const it of lists.flat()) {
    const key = `${it.name}\n${it.at}`;
    const known = rows.get(key);
    const { count = 0, totalMs = 0, failed = 0 } = known ?? {};
    rows.set(key, { ...it, count: count + it.count, totalMs: totalMs + it.totalMs, failed: failed + it.failed });
  }
  return [...rows.values()].sort((a, b) => b.totalMs - a.totalMs).slice(0, most);
}
