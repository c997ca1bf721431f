/** What a traced thread knows of each definition: whether its tasks are fine, and how long they take. */
import type { TaskDefinition } from "../definition.ts";
import type { CallSite } from "../tracing.ts";

/** Tasks whose own time (ns) is shorter on average are fine: the clock is not read at each of their events. */
const FINE_NS = 4000;
/** An execution of a fine task that takes longer makes its definition coarse again. */
const COARSE_NS = 20_000;
/** So many executions decide whether a definition is fine, and of a fine one each so-manieth is measured. */
const FIRST = 8;
export const SAMPLE = 128;
const BUCKETS = 48;

/** A definition, as this thread knows it. */
export class Kind {
  readonly def: TaskDefinition;
  /** Of tasks of a loop: where that was called. Each such place has a kind of its own. */
  readonly site: CallSite | null;
  /** The body, as its definition had it. */
  readonly fn: (...args: unknown[]) => unknown;
  /** Its number in this thread's events; 0 while it was not told. */
  id = 0;
  coarse = true;
  /** Executions until the next one that is measured; none while it is coarse. */
  until = 0;
  /** How many have ended, and how many of them are in the sizes. */
  ended = 0;
  #counted = 0;
  #samples = 0;
  #mean = 0.5;
  readonly counts = new Float64Array(BUCKETS);
  readonly sums = new Float64Array(BUCKETS);

  constructor(def: TaskDefinition, site: CallSite | null = null) {
    this.def = def;
    this.site = site;
    this.fn = def.fn as (...args: unknown[]) => unknown;
  }

  /** A measured execution took `ns` of its own time. */
  note(ns: number): void {
    this.#add(ns);
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
    this.until = 0;
    this.#samples = 0;
  }

  /** Executions that were not measured take as long as those before them. */
  settle(): void {
    if (this.ended > this.#counted) this.#add(this.#mean);
  }

  #add(ns: number): void {
    const weight = this.ended - this.#counted;
    this.#counted = this.ended;
    const bucket = ns < 1 ? 0 : Math.min(BUCKETS - 1, 32 - Math.clz32(ns) + (ns >= 2 ** 32 ? 32 - Math.clz32(ns / 2 ** 32) : 0));
    this.counts[bucket]! += weight;
    this.sums[bucket]! += ns * weight;
  }
}
