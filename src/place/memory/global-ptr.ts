import { ForeignError, GlobalMemoryError, UsageError } from "../../errors.ts";
import type { Future } from "../../sched/core.ts";
import { registerCrossing } from "../../sched/crossing.ts";
import { bytesPerElement, type HeapArray, kindName, kindOf, viewAt } from "../../shared/array-kinds.ts";
import { shown } from "../../shared/given.ts";
import { placeHere } from "../here.ts";
import { atomicAt, copyEnds, freeAt } from "./access.ts";
import { type Area, addressOf, OWN_ARRAY } from "./area.ts";
import { type AtomicOperation, canDo } from "./atomic.ts";
import { bytesOfElements, checkElement, type ElementOf, type PlainArray, plainArray } from "./kinds.ts";
import { CONTIGUOUS } from "./pieces.ts";

const MADE_HERE = Symbol("global pointer");

/**
 * The address of an element of an array on the heap of some place (UPC++'s `global_ptr`). It is a value: it goes to other tasks and places as an
 * argument or result, and stays valid until the memory is freed. Every access that may reach another place returns a future; one of memory
 * that is here has been made when the call returns.
 *
 * An access fails with GlobalMemoryError (`HEDDLE_GLOBAL_MEMORY`) beyond the ends of the array and after it was freed, and with PlaceLostError
 * (`HEDDLE_PLACE_LOST`) when its place is lost.
 */
export class GlobalPtr<A extends HeapArray = HeapArray> {
  /** The place whose memory it is. */
  readonly place: number;
  /** Elements from the beginning of the array to here. */
  readonly index: number;
  /** Elements of the whole array. */
  readonly extent: number;
  /** @internal */ readonly kind: number;
  readonly #block: number;
  readonly #stamp: number;

  /** @internal */
  constructor(token: symbol, place: number, kind: number, block: number, stamp: number, index: number, extent: number) {
    if (token !== MADE_HERE)
      throw new UsageError("new GlobalPtr(): global pointers are made by heapAt(place) and pointerTo(array)");
    this.place = place;
    this.kind = kind;
    this.index = index;
    this.extent = extent;
    this.#block = block;
    this.#stamp = stamp;
  }

  /** Elements from here to the end of the array. */
  get length(): number {
    return this.extent - this.index;
  }

  /** Whether the memory is that of this place. */
  get isLocal(): boolean {
    return this.place === placeHere().place;
  }

  /** The pointer to the element `elements` further on; negative ones go back. It may leave the array, and come back; only accesses are checked. */
  plus(elements: number): GlobalPtr<A> {
    if (!Number.isInteger(elements)) throw movedBy(elements);
    return new GlobalPtr(MADE_HERE, this.place, this.kind, this.#block, this.#stamp, this.index + elements, this.extent);
  }

  /** How many elements this pointer is behind another one into the same array. @throws GlobalMemoryError for pointers into different arrays. */
  minus(other: GlobalPtr<A>): number {
    if (!this.isInSameArray(other)) throw new GlobalMemoryError("minus: the pointers point into different arrays");
    return this.index - other.index;
  }

  equals(other: GlobalPtr<A>): boolean {
    return this.isInSameArray(other) && this.index === other.index;
  }

  /** Negative, 0 or positive: an order of all pointers, which within an array is that of its elements. For `sort`. */
  compare(other: GlobalPtr<A>): number {
    return this.place - other.place || this.#block - other.#block || this.#stamp - other.#stamp || this.index - other.index;
  }

  isInSameArray(other: GlobalPtr<A>): boolean {
    return this.place === other.place && this.#block === other.#block && this.#stamp === other.#stamp;
  }

  /**
   * The array from here on, of memory that is this place's: an ordinary typed array on the heap, without a copy.
   *
   * @throws GlobalMemoryError `HEDDLE_GLOBAL_MEMORY` for memory of another place, or that was freed.
   */
  local(): A {
    const { place, heap, mem } = placeHere();
    if (this.place !== place) {
      throw new GlobalMemoryError(
        `local(): this is memory of place ${this.place}, and place ${place} asks; read() copies it to here`,
      );
    }
    const address = addressOf(heap, this.area, Math.max(0, this.length) * bytesPerElement(this.kind), place);
    return viewAt(mem, this.kind, address, this.length) as A;
  }

  /** The element `i` elements further on. */
  get(i = 0): Future<ElementOf<A>> {
    if (!canDo("load", this.kind)) return this.read(1, i, (array) => (array as unknown as ElementOf<A>[])[0]!);
    return this.#atomic("load", 0, i);
  }

  /** Writes one element. When the future is there, so is the value. */
  put(value: ElementOf<A>, i = 0): Future<void> {
    if (!canDo("store", this.kind)) return this.write([value] as never, i);
    return this.#atomic("store", value, i) as unknown as Future<void>;
  }

  /** A copy of `count` elements from here, or from `i` elements further on: an ordinary array. */
  read(count?: number, i?: number): Future<PlainArray<A>>;
  /** @internal */
  read<T>(count: number, i: number, map: (array: PlainArray<A>) => T): Future<T>;
  read(count = this.length, i = 0, map: (array: PlainArray<A>) => unknown = (array) => array): Future<unknown> {
    checkCount(count, "read");
    const { place, heap, mem } = placeHere();
    const bytes = count * bytesPerElement(this.kind);
    const block = heap.alloc(bytes);
    const target = { place, area: { block: OWN_ARRAY, stamp: 0, offset: block }, layout: CONTIGUOUS };
    const source = { place: this.place, area: this.plus(i).area, layout: CONTIGUOUS, kind: this.kind };
    const take = (): unknown => map(plainArray(this.kind, mem.u8.slice(block, block + bytes)) as PlainArray<A>);
    return copyEnds(source, target, bytes, take, () => heap.free(block), "read", bytes);
  }

  /** Writes elements from here on, or from `i` elements further on. `values` may be changed as soon as the call has returned. */
  write(values: PlainArray<A> | A | readonly ElementOf<A>[], i = 0): Future<void> {
    const { place, heap, mem } = placeHere();
    const bytes = bytesOfElements(this.kind, values as ArrayLike<number>, "write");
    const block = heap.alloc(bytes.length);
    mem.u8.set(bytes, block);
    const source = { place, area: { block: OWN_ARRAY, stamp: 0, offset: block }, layout: CONTIGUOUS };
    const target = { place: this.place, area: this.plus(i).area, layout: CONTIGUOUS, kind: this.kind };
    return copyEnds(
      source,
      target,
      bytes.length,
      () => {},
      () => heap.free(block),
      "write",
      bytes.length,
    );
  }

  /** Adds to an element; what it was before. As `Atomics.add`, also for floating-point elements. */
  add(value: ElementOf<A>, i = 0): Future<ElementOf<A>> {
    return this.#atomic("add", value, i);
  }

  /** Makes an element the smaller one of itself and `value`; what it was before. */
  min(value: ElementOf<A>, i = 0): Future<ElementOf<A>> {
    return this.#atomic("min", value, i);
  }

  /** Makes an element the larger one of itself and `value`; what it was before. */
  max(value: ElementOf<A>, i = 0): Future<ElementOf<A>> {
    return this.#atomic("max", value, i);
  }

  /** Integers only; what it was before. */
  and(value: ElementOf<A>, i = 0): Future<ElementOf<A>> {
    return this.#atomic("and", value, i);
  }

  /** Integers only; what it was before. */
  or(value: ElementOf<A>, i = 0): Future<ElementOf<A>> {
    return this.#atomic("or", value, i);
  }

  /** Integers only; what it was before. */
  xor(value: ElementOf<A>, i = 0): Future<ElementOf<A>> {
    return this.#atomic("xor", value, i);
  }

  /** Writes an element; what it was before. */
  exchange(value: ElementOf<A>, i = 0): Future<ElementOf<A>> {
    return this.#atomic("exchange", value, i);
  }

  /** Writes an element if it is `expected`; what it was before, so that the write has happened if that equals `expected`. */
  compareExchange(expected: ElementOf<A>, value: ElementOf<A>, i = 0): Future<ElementOf<A>> {
    return this.#atomic("compareExchange", value, i, expected);
  }

  /** Gives the whole array's memory back; only the pointer to its beginning can. From then on all pointers into it are refused. */
  free(): Future<void> {
    if (this.index !== 0) throw new GlobalMemoryError("free(): the pointer does not point to the beginning of its array");
    return freeAt(this.place, this.area, () => new GlobalMemoryError("free(): the array was freed before"));
  }

  toString(): string {
    return `GlobalPtr(${kindName(this.kind)} at place ${this.place}, element ${this.index} of ${this.extent})`;
  }

  /** @internal */
  get area(): Area {
    return { block: this.#block, stamp: this.#stamp, offset: this.index * bytesPerElement(this.kind) };
  }

  #atomic(operation: AtomicOperation, operand: number | bigint, i: number, expected: number | bigint = 0): Future<ElementOf<A>> {
    if (!canDo(operation, this.kind)) throw new UsageError(`${operation} does not work on elements of a ${kindName(this.kind)}`);
    if (!Number.isInteger(i)) throw movedBy(i);
    const { kind } = this;
    const area = { block: this.#block, stamp: this.#stamp, offset: (this.index + i) * bytesPerElement(kind) };
    return atomicAt(this.place, area, kind, operation, operandOf(operand, kind, operation), operandOf(expected, kind, operation));
  }
}

const movedBy = (elements: unknown): UsageError => new UsageError(`a pointer moves by whole elements, not by ${shown(elements)}`);

/** An operand as elements of this kind are; 0 stands for either zero. */
function operandOf(value: number | bigint, kind: number, operation: AtomicOperation): number | bigint {
  if (typeof value === "number" && kind < FIRST_BIG) return value;
  return value === 0 ? 0n : checkElement(value, kind, operation === "store" ? "put" : operation);
}

const FIRST_BIG = 10; // BIG_INT64 and BIG_UINT64 come last

/** @internal */
export function makePtr<A extends HeapArray>(place: number, kind: number, area: Area, extent: number): GlobalPtr<A> {
  return new GlobalPtr(MADE_HERE, place, kind, area.block, area.stamp, 0, extent);
}

/**
 * The global pointer to the beginning of an array on this place's heap. Never blocks.
 *
 * @throws ForeignError `HEDDLE_FOREIGN` for an array that lies elsewhere; GlobalMemoryError `HEDDLE_GLOBAL_MEMORY` for a subarray that begins elsewhere than the
 * array it was made from: point to that one, and move by `plus`.
 */
export function pointerTo<A extends HeapArray>(array: A): GlobalPtr<A> {
  const { place, heap, mem } = placeHere();
  const kind = kindOf(array);
  if (kind < 0 || array.buffer !== mem.buffer)
    throw new ForeignError("pointerTo: expected an array on the heap of this place: shared.float64(n) and its kin make them");
  const stamp = heap.stampOf(array.byteOffset);
  if (stamp === 0) {
    throw new GlobalMemoryError(
      "pointerTo: no array of the heap begins where this one does: it was freed, or it is a subarray; point to the array it was made from, and use plus",
    );
  }
  return new GlobalPtr(MADE_HERE, place, kind, array.byteOffset, stamp, 0, array.length);
}

function checkCount(count: number, what: string): void {
  if (!(Number.isInteger(count) && count >= 0))
    throw new UsageError(`${what}: count is ${shown(count)}; it must be a whole number from 0 up`);
}

type Description = readonly [place: number, kind: number, block: number, stamp: number, index: number, extent: number];

const describe = (value: object): Description | undefined =>
  value instanceof GlobalPtr
    ? [value.place, value.kind, value.area.block, value.area.stamp, value.index, value.extent]
    : undefined;
const revive = (data: unknown): GlobalPtr => new GlobalPtr(MADE_HERE, ...(data as Description));

registerCrossing({ tag: "global pointer", describe, revive, away: { describe, revive } });
