import { CollectiveError, GlobalMemoryError, UsageError } from "../../errors.ts";
import { gather } from "../../pattern/derive.ts";
import { type Distribution, dealtTo, distributionOf } from "../../pattern/distribution.ts";
import { spaceOf } from "../../pattern/domain.ts";
import { SPREAD, type Spread } from "../../pattern/spread.ts";
import type { Future } from "../../sched/core.ts";
import { registerCrossing } from "../../sched/crossing.ts";
import { type Touch, watch } from "../../sched/watch.ts";
import { bytesPerElement, type HeapArray, kindName, viewAt } from "../../shared/array-kinds.ts";
import { checkNames, shown } from "../../shared/given.ts";
import { placeHere } from "../here.ts";
import { move } from "../loops/move.ts";
import { freeScratch, scratchFor } from "../loops/scratch.ts";
import { fillParts, spreadOver } from "../loops/spread.ts";
import { world } from "../team/team.ts";
import { updateAt } from "./access.ts";
import { addressOf } from "./area.ts";
import { type AtomicOperation, canDo } from "./atomic.ts";
import { type GlobalPtr, makePtr } from "./global-ptr.ts";
import { allocate } from "./heap-at.ts";
import {
  type ArraysByName,
  bytesOfElements,
  checkElement,
  checkLength,
  type ElementOf,
  type KindName,
  kindNamed,
  type PlainArray,
  plainArray,
} from "./kinds.ts";

const MADE_HERE = Symbol("shared array");

/** What `update` does to an element with its operand. */
export type Update = Exclude<AtomicOperation, "load" | "exchange" | "compareExchange">;

const UPDATES: readonly Update[] = ["store", "add", "min", "max", "and", "or", "xor"];

export interface SharedArrayOptions {
  /** How many neighbouring elements lie at one place before the next place's turn. Default: so many that every place has one block. */
  readonly block?: number;
}

interface Shape {
  readonly kind: number;
  readonly length: number;
  readonly block: number;
  /** For each place where its part begins: block and stamp. */
  readonly parts: readonly (readonly [block: number, stamp: number])[];
}

/**
 * An array over the memory of all places, dealt out in blocks: the first block lies at place 0, the second at place 1, and so on, round and round (UPC's shared
 * arrays, UPC++'s `shared_array`). It is a value that goes to tasks and other places; `sharedArray` makes it.
 *
 * Accesses fail as those of `GlobalPtr` do. An index that is none throws GlobalMemoryError (`HEDDLE_GLOBAL_MEMORY`).
 */
export class SharedArray<A extends HeapArray = HeapArray> implements Spread<ElementOf<A>> {
  readonly #shape: Shape;
  #domain: Distribution<1> | null = null;
  /** The run of neighbouring elements here that was used last, and how far its indexes are from those in the view. */
  #view: A | null = null;
  #runLo = 0;
  #runHi = 0;
  #shift = 0;

  /** @internal */
  constructor(token: symbol, shape: Shape) {
    if (token !== MADE_HERE) throw new UsageError("new SharedArray(): shared arrays are made by sharedArray(kind, length)");
    this.#shape = shape;
  }

  get length(): number {
    return this.#shape.length;
  }

  /** Elements of a block. */
  get block(): number {
    return this.#shape.block;
  }

  /** Its indices, each at the place where the element lies: for `parallelFor(array.domain, ...)`. */
  get domain(): Distribution<1> {
    this.#domain ??= distributionOf<1>(spaceOf(this.length, "domain"), this.block, this.#shape.parts.length, "domain");
    return this.#domain;
  }

  /** @internal */
  get kind(): number {
    return this.#shape.kind;
  }

  /** The place at which an element lies. */
  placeOf(index: number): number {
    this.#check(index);
    return Math.floor(index / this.block) % this.#shape.parts.length;
  }

  /** Where an element lies within `local` of its place. */
  localIndex(index: number): number {
    this.#check(index);
    const { block } = this;
    return Math.floor(index / (block * this.#shape.parts.length)) * block + (index % block);
  }

  /** The index in the whole array of element `local` of the part at a place. */
  globalIndex(local: number, place: number = placeHere().place): number {
    const { block } = this;
    const index = (Math.floor(local / block) * this.#shape.parts.length + place) * block + (local % block);
    this.#check(index);
    return index;
  }

  /** How many elements lie at a place. @throws UsageError `HEDDLE_USAGE` when there is no such place. */
  lengthAt(place: number): number {
    const places = this.#shape.parts.length;
    if (!(Number.isInteger(place) && place >= 0 && place < places))
      throw new UsageError(`lengthAt: place is ${shown(place)}; places are numbered from 0 to ${places - 1}`);
    return dealtTo(place, this.length, this.block, places);
  }

  /** The elements that lie at this place, one block behind the other: an ordinary typed array on the heap, without a copy. */
  get local(): A {
    const { place, heap, mem } = placeHere();
    const { kind, parts } = this.#shape;
    const [block, stamp] = parts[place]!;
    const length = this.lengthAt(place);
    return viewAt(mem, kind, addressOf(heap, { block, stamp, offset: 0 }, length * bytesPerElement(kind), place), length) as A;
  }

  /**
   * An element that lies at this place, at once and without a message: for the bodies of loops over `domain`. As cheap as an array's access where neighbours follow each other.
   *
   * @throws GlobalMemoryError `HEDDLE_GLOBAL_MEMORY` for an element of another place; `get` fetches those.
   */
  at(index: number): ElementOf<A> {
    if (!(index >= this.#runLo && index < this.#runHi)) this.#enterRun(index, "at");
    return this.#view![index - this.#shift] as ElementOf<A>;
  }

  /** Writes an element that lies at this place, as `at` reads it. @throws GlobalMemoryError `HEDDLE_GLOBAL_MEMORY` for an element of another place. */
  set(index: number, value: ElementOf<A>): void {
    if (!(index >= this.#runLo && index < this.#runHi)) this.#enterRun(index, "set");
    this.#view![index - this.#shift] = value;
  }

  #enterRun(index: number, what: string): void {
    const owner = this.placeOf(index);
    const { place } = placeHere();
    if (owner !== place) {
      throw new GlobalMemoryError(
        `${what}: element ${index} lies at place ${owner}, and place ${place} asks; ${what === "at" ? "get" : "put"} reaches other places`,
      );
    }
    this.#view ??= this.local;
    this.#shift = index - this.localIndex(index);
    if (watch !== null) return this.#tell(index, what === "at" ? "read" : "write"); // and each time
    this.#runLo = index - (index % this.block);
    this.#runHi = Math.min(this.length, this.#runLo + this.block);
  }

  #tell(index: number, how: Touch): void {
    const view = this.#view!;
    const bytes = bytesPerElement(this.kind);
    const address = view.byteOffset + (index - this.#shift) * bytes;
    watch?.touches(how, { mem: placeHere().mem, address, bytes, kind: this.kind });
  }

  /** A pointer to an element. Moving it by `plus` goes through the elements of that place. */
  pointerTo(index: number): GlobalPtr<A> {
    return this.partAt(this.placeOf(index)).plus(this.localIndex(index));
  }

  /** One element. */
  get(index: number): Future<ElementOf<A>> {
    return this.pointerTo(index).get();
  }

  /** Writes one element. */
  put(index: number, value: ElementOf<A>): Future<void> {
    return this.pointerTo(index).put(value);
  }

  /** Adds to one element; what it was before. */
  add(index: number, value: ElementOf<A>): Future<ElementOf<A>> {
    return this.pointerTo(index).add(value);
  }

  /**
   * Does one thing to many elements: `operation` with `values[i]` to the element `indexes[i]`, atomically for each element. Everything for one place goes there
   * in one message, so this is the way to write many single elements. The order among them is not defined.
   */
  update(
    operation: Update,
    indexes: Uint32Array | readonly number[],
    values: PlainArray<A> | A | readonly ElementOf<A>[],
  ): Future<void> {
    const { kind, parts } = this.#shape;
    if (!UPDATES.includes(operation))
      throw new UsageError(`update: there is no operation ${shown(operation)}; there are ${UPDATES.join(", ")}`);
    if (!canDo(operation, kind)) throw new UsageError(`update: ${operation} does not work on elements of a ${kindName(kind)}`);
    if (indexes.length !== values.length) throw new UsageError(`update: ${indexes.length} indexes and ${values.length} values`);
    const size = bytesPerElement(kind);
    const counts = new Uint32Array(parts.length);
    const owners = new Uint32Array(indexes.length);
    for (let i = 0; i < indexes.length; i++) counts[(owners[i] = this.placeOf(indexes[i]!))]!++;
    const bytes = bytesOfElements(kind, values as ArrayLike<number>, "update");
    const from = plainArray(kind, bytes.byteOffset === 0 ? bytes : bytes.slice()) as (number | bigint)[];
    const lists = Array.from(counts, (count) => ({
      indexes: new Uint32Array(count),
      values: plainArray(kind, new Uint8Array(count * size)) as (number | bigint)[] & { buffer: ArrayBufferLike },
      filled: 0,
    }));
    for (let i = 0; i < indexes.length; i++) {
      const list = lists[owners[i]!]!;
      list.indexes[list.filled] = this.localIndex(indexes[i]!);
      list.values[list.filled++] = from[i]!;
    }
    const parted = lists.flatMap((list, place) => {
      const [block, stamp] = parts[place]!;
      const operands = new Uint8Array(list.values.buffer);
      return list.filled === 0 ? [] : [updateAt(place, { block, stamp, offset: 0 }, kind, operation, list.indexes, operands)];
    });
    return gather("update", parted, () => {});
  }

  /** A copy of the elements from `start` to before `end`: an ordinary array. One message, or a few, for each place. */
  read(start = 0, end: number = this.length): Future<PlainArray<A>> {
    this.#checkRange(start, end, "read");
    const { mem } = placeHere();
    return this.#throughHeap("read", start, end, true, null, ({ byteOffset, byteLength }) => {
      return plainArray(this.kind, mem.u8.slice(byteOffset, byteOffset + byteLength)) as PlainArray<A>;
    });
  }

  /** Writes elements from `start` on. `values` may be changed as soon as the call has returned. */
  write(values: PlainArray<A> | A | readonly ElementOf<A>[], start = 0): Future<void> {
    const end = start + values.length;
    this.#checkRange(start, end, "write");
    const bytes = bytesOfElements(this.kind, values as ArrayLike<number>, "write");
    return this.#throughHeap("write", start, end, false, bytes, () => {});
  }

  /** Moves elements by way of an array on the heap, which is freed when nothing uses it any more. */
  #throughHeap<T>(
    name: string,
    start: number,
    end: number,
    fetches: boolean,
    bytes: Uint8Array | null,
    then: (own: A) => T,
  ): Future<T> {
    const begin = (): Future<T> => {
      const own = scratchFor(this, end - start);
      if (bytes !== null) placeHere().mem.u8.set(bytes, own.byteOffset);
      let ended = 0;
      let last = Number.POSITIVE_INFINITY; // copies may end before all have begun
      const over = (): void => {
        if (++ended === last) freeScratch(own);
      };
      try {
        const copies = move(this, [[start, end]], own, fetches, over);
        last = copies.length + 1;
        return gather(name, copies, () => then(own));
      } finally {
        if (last === Number.POSITIVE_INFINITY) last = ended + 1;
        over();
      }
    };
    return watch === null ? begin() : watch.operation(name, begin);
  }

  /** Makes all elements the same. Called by one task; each place fills its part. */
  fill(value: ElementOf<A>): Future<void> {
    checkElement(value, this.kind, "fill");
    return fillParts(this, value);
  }

  /** Gives the memory back. Every place calls it; it ends when all have. */
  free(): Future<void> {
    const { place } = placeHere();
    this.#view = null;
    this.#runHi = this.#runLo;
    return gather("free", [world.barrierFor("free")], () => this.partAt(place).free());
  }

  /** `reduce`, `map` and `sort` over it. */
  get [SPREAD](): object {
    return spreadOver(this);
  }

  /** @internal */
  get shape(): Shape {
    return this.#shape;
  }

  /** A pointer to the beginning of what lies at a place. @internal */
  partAt(place: number): GlobalPtr<A> {
    const [block, stamp] = this.#shape.parts[place]!;
    return makePtr(place, this.#shape.kind, { block, stamp, offset: 0 }, this.lengthAt(place));
  }

  #check(index: number): void {
    if (Number.isInteger(index) && index >= 0 && index < this.length) return;
    throw new GlobalMemoryError(`a shared array of ${this.length} elements has no element ${shown(index)}`);
  }

  #checkRange(start: number, end: number, what: string): void {
    if (Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= this.length) return;
    throw new GlobalMemoryError(
      `${what}: a shared array of ${this.length} elements has no elements ${shown(start)} to ${shown(end)}`,
    );
  }
}

/**
 * Makes an array of zeros over the memory of all places. Collective: every place calls it, in the same order with other collective operations of `world`, with the same
 * arguments; the future is there when every part is.
 *
 * ```ts
 * const a = await sharedArray("float64", 1_000_000);
 * a.local.fill(place());
 * ```
 *
 * @throws UsageError `HEDDLE_USAGE` for a kind, length or block that is none. The future fails with CollectiveError (`HEDDLE_COLLECTIVE`) when the places' arguments
 * differ, and with OutOfMemoryError (`HEDDLE_OUT_OF_MEMORY`) at every place when one has no room.
 */
export function sharedArray<K extends KindName>(
  kind: K,
  length: number,
  options: SharedArrayOptions = {},
): Future<SharedArray<ArraysByName[K]>> {
  checkLength(length, "sharedArray");
  checkNames(options, ["block"], "sharedArray");
  const { places, heap, mem } = placeHere();
  const block = options.block ?? Math.max(1, Math.ceil(length / places));
  if (!(Number.isInteger(block) && block >= 1))
    throw new UsageError(`sharedArray: block is ${shown(block)}; it must be a whole number from 1 up`);
  const code = kindNamed(kind, "sharedArray");
  const trial = new SharedArray(MADE_HERE, { kind: code, length, block, parts: new Array(places).fill([0, 0]) });
  let mine: { block: number; stamp: number; failure: unknown } = { block: 0, stamp: 0, failure: null };
  try {
    const address = heap.alloc(trial.lengthAt(placeHere().place) * bytesPerElement(code), true);
    const { place } = placeHere();
    watch?.lies(mem, address, place, { length, indexOf: (element) => trial.globalIndex(element, place) });
    mine = { block: address, stamp: heap.stampOf(address), failure: null };
  } catch (failure) {
    mine.failure = failure;
  }
  return gather(
    "sharedArray",
    [world.allGatherFor("sharedArray", [code, length, block, mine.block, mine.stamp, mine.failure] as const)],
    ([told]) => {
      const failure = told!.map((it) => it[5]).find((it) => it !== null);
      const other = told!.findIndex((it) => it[0] !== code || it[1] !== length || it[2] !== block);
      if (failure === undefined && other < 0) {
        return new SharedArray<ArraysByName[K]>(MADE_HERE, {
          kind: code,
          length,
          block,
          parts: told!.map((it) => [it[3], it[4]] as const),
        });
      }
      if (mine.failure === null) heap.freeStamped(mine.block, mine.stamp);
      if (failure !== undefined) throw failure;
      const its = told![other]!;
      throw new CollectiveError(
        `sharedArray: this place asks for ${length} elements of ${kindName(code)} in blocks of ${block}, place ${other} for ${its[1]} of ${kindName(its[0])} in blocks of ${its[2]}`,
      );
    },
  );
}

/**
 * One variable that all places see: `get`, `put`, `add` and the other operations of `GlobalPtr`, on an element that lies at place 0, where one `free` ends it.
 * Collective, as `sharedArray`.
 */
export function sharedVar<K extends KindName>(kind: K, initial: ElementOf<ArraysByName[K]>): Future<GlobalPtr<ArraysByName[K]>> {
  checkElement(initial, kindNamed(kind, "sharedVar"), "sharedVar");
  const isHome = placeHere().place === 0;
  const made = isHome ? [allocate<ArraysByName[K]>(0, kind, 1)] : [];
  return gather("sharedVar", made, ([pointer]) => {
    const written = isHome ? [pointer!.put(initial)] : [];
    return gather("sharedVar", written, () => world.broadcastFor("sharedVar", pointer!));
  });
}

const describe = (value: object): unknown => (value instanceof SharedArray ? value.shape : undefined);
const revive = (data: unknown): SharedArray => new SharedArray(MADE_HERE, data as Shape);
registerCrossing({ tag: "shared array", describe, revive, away: { describe, revive } });
