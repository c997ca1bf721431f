/** What a traced thread keeps of a task that it runs. */
import type { Future } from "../core.ts";
import type { CallSite } from "../tracing.ts";
import type { Kind } from "./kind.ts";

/** Children of one task that were folded one after the other. */
export class Batch {
  open = false;
  kind: Kind | null = null;
  begin = 0.5;
  end = 0.5;
  work = 0.5;
  count = 0;
  /** Where in the parent's work the first was spawned, and where the first was joined. */
  at = 0.5;
  joined = Number.POSITIVE_INFINITY;
  from = 0.5;
  path = 0.5;
  seg = 0;
  /** Quiet children that came while it was not open. */
  uncounted = 0;

  /** Quiet children have ended, of this definition or of several: they count, and have taken no time. */
  add(kind: Kind | null, count: number): void {
    if (!this.open) {
      this.uncounted += count;
      return;
    }
    this.count += count;
    if (this.kind !== kind) this.kind = null;
  }
}

/** A task of this thread that has begun and not ended; also the thread's own time, and waits on the stack. */
export class Run {
  /** A body that suspends. The future of a plain task lies at `at` in the deque: to store it here would cost a write barrier. */
  future: Future<unknown> | null = null;
  at = -1;
  kind: Kind | null = null;
  n = 0;
  begin = 0.5;
  /** Of the current segment (ns): own time, folded work done by the way, path, path to the end of all that was folded. */
  self = 0.5;
  inner = 0.5;
  path = 0.5;
  detached = 0.5;
  /** Path to the end of all pieces of loops. */
  pieces = 0.5;
  /** Own time of the segments before. */
  before = 0.5;
  seg = 0;
  folded = 0;
  /** Children that have not ended. */
  live = 0;
  /** Whether the clock is read at each of its events. */
  coarse = true;
  /** Whether its spawn and beginning were written. */
  emitted = false;
  measured = false;
  readonly batch = new Batch();
  /** Of a task that suspends: since when it runs or does not, and in which segment and turn of the event loop that was. */
  since = 0.5;
  segThen = -1;
  turnThen = 0;
  /** For how long (ns) its thread had had nothing to do by then. */
  freeThen = 0.5;
  /** Its last piece: when that began, and whether it was drawn. */
  sliceBegan = 0.5;
  drawn = true;
  /** Whether an arrow begins or ends in its current piece. */
  told = false;
  /** Of a task of a loop: where that was called. */
  site: CallSite | null = null;
  /** What it goes on after. */
  readonly awaited: Future<unknown>[] = [];

  reset(future: Future<unknown> | null, kind: Kind | null, n: number, now: number): this {
    this.future = future;
    this.at = -1;
    this.kind = kind;
    this.n = n;
    this.begin = now;
    this.self = this.inner = this.path = this.detached = this.pieces = this.before = 0;
    this.seg = this.folded = this.live = 0;
    this.emitted = false;
    this.measured = this.coarse = true;
    this.site = null;
    return this;
  }
}
