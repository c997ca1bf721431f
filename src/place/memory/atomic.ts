/** Atomic operations on one element of the heap, done for other places by the communication thread. */
import { GlobalMemoryError, MessageError } from "../../errors.ts";
import { ArrayKind, bytesPerElement, hasKind, viewAt } from "../../shared/array-kinds.ts";
import type { Heap } from "../../shared/heap/heap.ts";
import type { SharedMemory } from "../../shared/memory.ts";
import { type Area, addressOf } from "./area.ts";

export const ATOMIC_OPERATIONS = [
  "load",
  "store",
  "add",
  "and",
  "or",
  "xor",
  "exchange",
  "min",
  "max",
  "compareExchange",
] as const;
export type AtomicOperation = (typeof ATOMIC_OPERATIONS)[number];

type Value = number | bigint;
type AtomicView = Int32Array | BigInt64Array;

/** Whether `Atomics` works on elements of this kind. */
export const isIntegral = (kind: number): boolean =>
  kind !== ArrayKind.FLOAT32 && kind !== ArrayKind.FLOAT64 && kind !== ArrayKind.FLOAT16 && kind !== ArrayKind.UINT8_CLAMPED;

/** The operation with this number, for elements of this kind. @throws MessageError `HEDDLE_MESSAGE` */
export function operationOf(code: number, kind: number): AtomicOperation {
  const operation = ATOMIC_OPERATIONS[code];
  if (operation === undefined || kind > ArrayKind.BIG_UINT64 || !hasKind(kind))
    throw new MessageError("an unknown atomic operation");
  if (!canDo(operation, kind)) throw new MessageError(`${operation} on elements that are no integers`);
  return operation;
}

/** Whether the operation is defined for elements of this kind. */
export const canDo = (operation: AtomicOperation, kind: number): boolean =>
  kind !== ArrayKind.FLOAT16 && kind !== ArrayKind.UINT8_CLAMPED && (isIntegral(kind) || !BITWISE.has(operation));

const BITWISE: ReadonlySet<string> = new Set(["and", "or", "xor"]);

/** Where `count` elements of an area of the own heap begin. @throws GlobalMemoryError `HEDDLE_GLOBAL_MEMORY` */
export function elementAddress(heap: Heap, area: Area, kind: number, count: number, place: number): number {
  const size = bytesPerElement(kind);
  const address = addressOf(heap, area, size * count, place);
  if (address % size === 0) return address;
  throw new GlobalMemoryError(`An element of ${size} bytes cannot begin at byte ${area.offset}.`);
}

/** `apply` to each of many elements of an area of the own heap. @throws GlobalMemoryError before the first one is changed. */
export function updateElements(
  mem: SharedMemory,
  heap: Heap,
  area: Area,
  place: number,
  kind: number,
  operation: AtomicOperation,
  indexes: Uint32Array,
  operands: Uint8Array,
): void {
  const size = bytesPerElement(kind);
  if (operands.length !== indexes.length * size)
    throw new MessageError(`${indexes.length} indexes and ${operands.length} bytes of operands`);
  let most = -1;
  for (const index of indexes) if (index > most) most = index;
  const address = elementAddress(heap, area, kind, most + 1, place);
  const count = indexes.length;
  const values = viewAt(
    { buffer: operands.slice().buffer as unknown as SharedArrayBuffer },
    kind,
    0,
    count,
  ) as unknown as Value[];
  if (isIntegral(kind)) {
    const view = viewAt(mem, kind, address, most + 1) as unknown as AtomicView;
    for (let i = 0; i < count; i++) applyToInteger(view, indexes[i]!, operation, values[i]!, 0);
  } else {
    const floats = new FloatBits(mem, kind, address, most + 1);
    for (let i = 0; i < count; i++) floats.apply(indexes[i]!, operation, values[i] as number, 0);
  }
}

/**
 * Does it to one element of the heap, and returns what was there before, after a `store` anything. Coherent with `Atomics` on the same array; floating-point elements go by
 * compare-and-swap on their bits.
 */
export function apply(
  mem: SharedMemory,
  kind: number,
  address: number,
  operation: AtomicOperation,
  operand: Value,
  expected: Value,
): Value {
  const index = address / bytesPerElement(kind);
  const elements = elementsOf(mem, kind);
  return elements instanceof FloatBits
    ? elements.apply(index, operation, operand as number, expected as number)
    : applyToInteger(elements, index, operation, operand, expected);
}

const known = new WeakMap<SharedMemory, (AtomicView | FloatBits)[]>();

/** All elements of a kind that the memory has room for. */
function elementsOf(mem: SharedMemory, kind: number): AtomicView | FloatBits {
  let ofMemory = known.get(mem);
  if (ofMemory === undefined) known.set(mem, (ofMemory = []));
  const count = Math.floor(mem.buffer.byteLength / bytesPerElement(kind));
  return (ofMemory[kind] ??= isIntegral(kind)
    ? (viewAt(mem, kind, 0, count) as unknown as AtomicView)
    : new FloatBits(mem, kind, 0, count));
}

function applyToInteger(view: AtomicView, i: number, operation: AtomicOperation, operand: Value, expected: Value): Value {
  // Atomics is overloaded for numbers and bigints; the view says which they all are.
  const [v, n] = [view as BigInt64Array, operand as bigint];
  switch (operation) {
    case "load":
      return Atomics.load(v, i);
    case "store":
      return Atomics.store(v, i, n);
    case "exchange":
      return Atomics.exchange(v, i, n);
    case "add":
      return Atomics.add(v, i, n);
    case "and":
      return Atomics.and(v, i, n);
    case "or":
      return Atomics.or(v, i, n);
    case "xor":
      return Atomics.xor(v, i, n);
    case "compareExchange":
      return Atomics.compareExchange(v, i, expected as bigint, n);
    default:
      for (;;) {
        const old = Atomics.load(v, i);
        const stays = operation === "min" ? old <= n : old >= n;
        if (stays || Atomics.compareExchange(v, i, old, n) === old) return old;
      }
  }
}

/** Floating-point elements of the heap, and the integers of the same bits. */
class FloatBits {
  readonly #value: Float32Array | Float64Array;
  readonly #bits: Int32Array | BigInt64Array;
  readonly #elements: AtomicView;

  constructor(mem: SharedMemory, kind: number, address: number, count: number) {
    const wide = kind === ArrayKind.FLOAT64;
    this.#value = wide ? new Float64Array(1) : new Float32Array(1);
    this.#bits = wide ? new BigInt64Array(this.#value.buffer) : new Int32Array(this.#value.buffer);
    const bitsKind = wide ? ArrayKind.BIG_INT64 : ArrayKind.INT32;
    this.#elements = viewAt(mem, bitsKind, address, count) as unknown as AtomicView;
  }

  apply(i: number, operation: AtomicOperation, operand: number, expected: number): number {
    const elements = this.#elements as BigInt64Array;
    if (operation === "store") {
      this.#value[0] = operand;
      Atomics.store(elements, i, this.#bits[0] as bigint);
      return 0;
    }
    for (;;) {
      const before = Atomics.load(elements, i);
      this.#bits[0] = before as never;
      const old = this.#value[0]!;
      const next = nextFloat(operation, old, operand, expected);
      if (Object.is(next, old)) return old;
      this.#value[0] = next;
      if (Atomics.compareExchange(elements, i, before, this.#bits[0] as bigint) === before) return old;
    }
  }
}

function nextFloat(operation: AtomicOperation, old: number, operand: number, expected: number): number {
  switch (operation) {
    case "add":
      return old + operand;
    case "min":
      return Math.min(old, operand);
    case "max":
      return Math.max(old, operand);
    case "store":
    case "exchange":
      return operand;
    case "compareExchange":
      return Object.is(old, expected) ? operand : old;
    default:
      return old; // load; `canDo` excludes the others
  }
}
