/** What a traced thread keeps of a task that it runs, and of each definition. */
import type { Future } from "./core.ts";
import type { TaskDefinition } from "./definition.ts";

/** Tasks whose own time (ns) is shorter on average are fine: the clock is not read at each of their events. */
const FINE_NS = 4000;
/** An execution of a fine task that takes longer makes its definition coarse again. */
const COARSE_NS = 20_000;
/** So many executions decide whether a definition is fine, and of a fine one each so-manieth is measured. */
const FIRST = 8;
export const SAMPLE = 64;
const BUCKETS = 48;

/** A definition, as this thread knows it. */
export class Kind {
  readonly def: TaskDefinition;
  /** Its number in this thread's events; 0 while it was not told. */
  id = 0;
  coarse = true;
  /** Executions until the next measured one, and how many have ended since the last. */
  until = 0;
  since = 0;
  #samples = 0;
  #mean = 0.5;
  readonly counts = new Float64Array(BUCKETS);
  readonly sums = new Float64Array(BUCKETS);

  constructor(def: TaskDefinition) {
    this.def = def;
  }

  /** A measured execution took `ns` of its own time. */
  note(ns: number): void {
    const weight = this.since;
    this.since = 0;
    this.#add(ns, weight);
    this.#mean += (ns - this.#mean) / Math.min(++this.#samples, 16);
    if (this.coarse) {
      if (this.#samples >= FIRST && this.#mean < FINE_NS) {
        this.coarse = false;
        this.until = SAMPLE;
      }
    } else if (ns > COARSE_NS || this.#mean >= FINE_NS) this.surprise();
  }

  /** It took much longer than expected. */
  surprise(): void {
    this.coarse = true;
    this.#samples = 0;
  }

  /** Executions that were not measured take as long as those before them. */
  settle(): void {
    if (this.since > 0) this.#add(this.#mean, this.since);
    this.since = 0;
  }

  #add(ns: number, weight: number): void {
    const bucket = ns < 1 ? 0 : Math.min(BUCKETS - 1, 32 - Math.clz32(ns) + (ns >= 2 ** 32 ? 32 - Math.clz32(ns / 2 ** 32) : 0));
    this.counts[bucket]! += weight;
    this.sums[bucket]! += ns * weight;
  }
}

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
    return this;
  }
}
