/**
 * Accumulators: values that tasks add to from any thread, and the opener of a scope reads. Each thread adds to a part of its own; the
 * parts are put together when the value is read. Why the result does not depend on the schedule: docs/decisions/0005-accumulators.md.
 */
import { CrossingError, ForeignError, UsageError } from "../errors.ts";
import { type Future, runningTask } from "../sched/core.ts";
import { registerCrossing } from "../sched/crossing.ts";
import { rareOf } from "../sched/more.ts";
import { type Entry, registerObjectType } from "../sched/objects.ts";
import { definitionOf } from "../sched/registry.ts";
import { State } from "../sched/state.ts";
import type { Station } from "../sched/station.ts";
import { load, store } from "../shared/atomics.ts";
import { addExactly, EXACT_SUM_LENGTH, mergeExactly, roundedSum } from "../shared/exact-sum.ts";
import { Obj, ObjType } from "../shared/object.ts";
import { compileLambda, nothingElse } from "./lambda/compile.ts";
import { freeOutcome, readOutcome, writeOutcome } from "./outcome.ts";
import { lambdaDefinition } from "./spawn.ts";

/** Where the parts lie: behind the header of the block one word for each slot, the address of its part or 0. */
const KIND = Obj.BODY;
const PARTS = Obj.BODY + 2;
const PartKind = { NUMBERS: 0, ENCODED: 1 } as const;

/** What tasks add to. */
export abstract class Accumulator<T> {
  /** Once it has crossed. @internal */ entry: Entry | null = null;

  /** Adds a value. Never blocks. */
  abstract add(value: T): void;

  /**
   * All that was added, by tasks that have ended and by the one that reads: so read it after the finish scope whose tasks add. Never blocks.
   */
  abstract get value(): T;

  /** What else other threads must know. @internal */
  abstract describe(): unknown;

  /** Makes what this thread has added readable for others. @internal */
  abstract publish(): void;

  /** @internal */ abstract readonly partKind: number;

  /** The word that holds the address of a slot's part. @internal */
  protected partWord(slot: number): number {
    return (this.entry!.block >>> 2) + PARTS + slot;
  }

  /** The addresses of the parts of all slots, 0 for none. @internal */
  protected parts(): number[] {
    if (this.entry === null) return [];
    const { mem, map } = this.entry.station;
    return Array.from({ length: map.slots }, (_, slot) => load(mem.i32, this.partWord(slot)) >>> 0);
  }
}

/** Numbers in a fixed room: a part that is written where others read it. */
abstract class NumberAccumulator extends Accumulator<number> {
  readonly partKind = PartKind.NUMBERS;
  /** This thread's part: in memory of its own until the accumulator crosses, then in shared memory. */
  #numbers: Float64Array | null = null;
  #at = 0;

  protected abstract readonly length: number;
  protected abstract put(numbers: Float64Array, at: number, value: number): void;
  protected abstract begin(numbers: Float64Array, at: number): void;
  protected abstract merge(numbers: Float64Array, at: number, other: Float64Array, from: number): void;
  protected abstract read(numbers: Float64Array, at: number): number;

  add(value: number): void {
    if (typeof value !== "number") throw new UsageError(`add: ${typeof value} is not a number`);
    if (this.#numbers === null) this.#open();
    this.put(this.#numbers!, this.#at, value);
  }

  #open(): void {
    const { entry } = this;
    if (entry === null) {
      this.#numbers = new Float64Array(this.length);
      this.begin(this.#numbers, 0);
      return;
    }
    const { mem, heap, slot } = entry.station;
    const word = this.partWord(slot);
    let part = mem.i32[word]! >>> 0;
    const isNew = part === 0;
    if (isNew) part = heap.alloc(this.length * 8, true);
    this.#numbers = mem.f64;
    this.#at = part >>> 3;
    if (isNew) this.begin(mem.f64, this.#at);
    store(mem.i32, word, part | 0);
  }

  publish(): void {
    const own = this.#numbers;
    if (own === null || this.entry === null || own === this.entry.station.mem.f64) return;
    this.#open();
    this.merge(this.#numbers!, this.#at, own, 0);
  }

  get value(): number {
    const all = new Float64Array(this.length);
    this.begin(all, 0);
    for (const part of this.parts()) if (part !== 0) this.merge(all, 0, this.entry!.station.mem.f64, part >>> 3);
    if (this.entry === null && this.#numbers !== null) this.merge(all, 0, this.#numbers, 0);
    return this.read(all, 0);
  }
}

class Sum extends NumberAccumulator {
  protected readonly length = EXACT_SUM_LENGTH;
  protected put(numbers: Float64Array, at: number, value: number): void {
    addExactly(numbers, at, value);
  }
  protected begin(): void {}
  protected merge(numbers: Float64Array, at: number, other: Float64Array, from: number): void {
    mergeExactly(numbers, at, other, from);
  }
  protected read(numbers: Float64Array, at: number): number {
    return roundedSum(numbers, at);
  }
  describe(): unknown {
    return "sum";
  }
}

class Extreme extends NumberAccumulator {
  readonly #name: "min" | "max";
  readonly #choose: (a: number, b: number) => number; // a field: Math[name] would be looked up for each value
  protected readonly length = 2;

  constructor(name: "min" | "max") {
    super();
    this.#name = name;
    this.#choose = Math[name];
  }

  protected put(numbers: Float64Array, at: number, value: number): void {
    numbers[at] = this.#choose(numbers[at]!, value);
  }
  protected begin(numbers: Float64Array, at: number): void {
    numbers[at] = this.#name === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }
  protected merge(numbers: Float64Array, at: number, other: Float64Array, from: number): void {
    this.put(numbers, at, other[from]!);
  }
  protected read(numbers: Float64Array, at: number): number {
    return numbers[at]!;
  }
  describe(): unknown {
    return this.#name;
  }
}

export interface AccumulatorOptions<T> {
  /** What `combine` leaves as it is: the value of an accumulator that nothing was added to. */
  readonly identity: T;
  /**
   * A task, or a closed function that travels as source text like a lambda. Associative and commutative, exactly: values are combined in
   * the order in which they come. Where the order matters, as in products of floating-point numbers, use `reduce`.
   */
  readonly combine: (a: T, b: T) => T;
}

/** A user-defined accumulator: a thread's part is any value, and written to shared memory when a task ends that has added to it. */
class Custom<T> extends Accumulator<T> {
  readonly partKind = PartKind.ENCODED;
  readonly #options: AccumulatorOptions<T>;
  /** Source text of `combine`; null when it is a task. */
  readonly #source: string | null;
  readonly #told = new WeakSet<Future<unknown>>();
  #mine: { value: T } | null = null;

  constructor(options: AccumulatorOptions<T>, source: string | null) {
    super();
    this.#options = options;
    this.#source = source;
  }

  add(value: T): void {
    const mine = (this.#mine ??= { value: this.#published() });
    mine.value = this.#options.combine(mine.value, value);
    const task = runningTask();
    if (task === null) this.publish();
    else if (!this.#told.has(task)) {
      this.#told.add(task);
      (rareOf(task).onEnd ??= []).push(() => this.publish());
    }
  }

  /** What this thread has written before. */
  #published(): T {
    const { entry } = this;
    const part = entry === null ? 0 : entry.station.mem.i32[this.partWord(entry.station.slot)]! >>> 0;
    return part === 0 ? this.#options.identity : this.#read(part);
  }

  publish(): void {
    const { entry } = this;
    if (entry === null || this.#mine === null) return;
    const { mem, slot } = entry.station;
    const word = this.partWord(slot);
    const before = mem.i32[word]! >>> 0;
    store(mem.i32, word, writeOutcome(entry.station, State.DONE, this.#mine.value) | 0);
    if (before !== 0) freeOutcome(entry.station, before);
  }

  #read(part: number): T {
    const { state, value } = readOutcome(this.entry!.station, part);
    if (state !== State.DONE) throw value;
    return value as T;
  }

  get value(): T {
    const { identity, combine } = this.#options;
    let all = identity;
    const own = this.entry?.station.slot ?? -1;
    this.parts().forEach((part, slot) => {
      if (part !== 0 && !(slot === own && this.#mine !== null)) all = combine(all, this.#read(part));
    });
    return this.#mine === null ? all : combine(all, this.#mine.value);
  }

  describe(): unknown {
    const { identity, combine } = this.#options;
    return { identity, combine: this.#source ?? combine };
  }
}

/** A sum of numbers, exact until it is rounded once at the end, so the same bit for bit whoever added what and when. Never blocks. */
export const sum = (): Accumulator<number> => new Sum();

/** The least of the numbers added, as `Math.min` chooses: Infinity without any, NaN when there was one. Never blocks. */
export const min = (): Accumulator<number> => new Extreme("min");

/** The greatest of the numbers added, as `Math.max` chooses: -Infinity without any, NaN when there was one. Never blocks. */
export const max = (): Accumulator<number> => new Extreme("max");

/**
 * A user-defined accumulator.
 *
 * ```ts
 * const words = accumulator<Record<string, number>>({
 *   identity: {},
 *   combine: (a, b) => {
 *     const all = { ...a };
 *     for (const word of Object.keys(b)) all[word] = (all[word] ?? 0) + b[word];
 *     return all;
 *   },
 * });
 * ```
 *
 * @throws LambdaError `HEDDLE_LAMBDA` when `combine` uses something of its surroundings.
 */
export function accumulator<T>(options: AccumulatorOptions<T>): Accumulator<T> {
  if (typeof options?.combine !== "function" || !("identity" in options)) {
    throw new UsageError("accumulator: give the identity and a function: accumulator({ identity: 1, combine: (a, b) => a * b })");
  }
  if (definitionOf(options.combine) !== undefined) return new Custom(options, null);
  const info = compileLambda(options.combine, accumulator, nothingElse("combine"));
  if (info.kind !== "plain" || info.params !== 2) {
    throw new UsageError("accumulator: combine must be a plain function of two parameters");
  }
  return new Custom(options, info.source);
}

// ---- other threads -------------------------------------------------------------------------------------------------

const BRAND = Symbol.for("heddle.accumulator");
Object.defineProperty(Accumulator.prototype, BRAND, { value: true });

interface Description {
  id: number;
  block: number;
  what: unknown;
}

registerCrossing({
  tag: "accumulator",
  beside(value) {
    if (BRAND in value)
      throw new CrossingError("an accumulator belongs to its place and cannot cross to another one", "accumulator");
    return undefined;
  },
  describe(value, station): Description | undefined {
    if (!(BRAND in value)) return undefined;
    if (!(value instanceof Accumulator) || (value.entry !== null && value.entry.station !== station)) {
      throw new ForeignError(
        "This accumulator belongs to another runtime, or to another copy of heddle: make it where its tasks are spawned.",
      );
    }
    if (value.entry === null) {
      const entry = station.objects.adopt(value);
      const block = station.objects.share(entry, ObjType.ACCUMULATOR, PARTS + station.map.slots);
      station.mem.i32[(block >>> 2) + KIND] = value.partKind;
      value.entry = entry;
      value.publish();
    }
    station.objects.lend(value.entry.block);
    return { id: value.entry.id, block: value.entry.block, what: value.describe() };
  },
  revive(data, station) {
    const { id, block, what } = data as Description;
    return station.objects.revive(
      id,
      block,
      () => make(what),
      (made, entry) => {
        made.entry = entry;
      },
    );
  },
});

function make(what: unknown): Accumulator<unknown> {
  if (what === "sum") return new Sum() as Accumulator<unknown>;
  if (what === "min" || what === "max") return new Extreme(what) as Accumulator<unknown>;
  const { identity, combine } = what as { identity: unknown; combine: string | ((a: unknown, b: unknown) => unknown) };
  if (typeof combine === "function") return new Custom({ identity, combine }, null);
  const { fn } = lambdaDefinition({ source: combine, kind: "plain", params: 2 }, () => undefined);
  return new Custom({ identity, combine: fn as unknown as (a: unknown, b: unknown) => unknown }, combine);
}

registerObjectType(ObjType.ACCUMULATOR, (station: Station, block: number) => {
  const { mem, heap, map } = station;
  const encoded = mem.i32[(block >>> 2) + KIND] === PartKind.ENCODED;
  for (let slot = 0; slot < map.slots; slot++) {
    const part = mem.i32[(block >>> 2) + PARTS + slot]! >>> 0;
    if (part === 0) continue;
    if (encoded) freeOutcome(station, part);
    else heap.free(part);
  }
});
