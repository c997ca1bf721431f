/** Atomic operations on one element of the heap, done for other places by the communication thread. */
import { ArrayKind, viewAt } from "../../shared/array-kinds.ts";
import type { SharedMemory } from "../../shared/memory.ts";

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

/**
 * Does it, and returns what was there before. Coherent with `Atomics` on the same array; floating-point elements go by compare-and-swap
 * on their bits.
 */
export function apply(
  mem: SharedMemory,
  kind: number,
  address: number,
  operation: AtomicOperation,
  operand: Value,
  expected: Value,
): Value {
  if (!isIntegral(kind)) return applyToFloat(mem, kind, address, operation, operand as number, expected as number);
  const view = viewAt(mem, kind, address, 1) as unknown as AtomicView;
  // Atomics is overloaded for numbers and bigints; the kind says which they all are.
  const [v, n] = [view as BigInt64Array, operand as bigint];
  switch (operation) {
    case "load":
      return Atomics.load(v, 0);
    case "store":
      return Atomics.exchange(v, 0, n);
    case "add":
      return Atomics.add(v, 0, n);
    case "and":
      return Atomics.and(v, 0, n);
    case "or":
      return Atomics.or(v, 0, n);
    case "xor":
      return Atomics.xor(v, 0, n);
    case "exchange":
      return Atomics.exchange(v, 0, n);
    case "compareExchange":
      return Atomics.compareExchange(v, 0, expected as bigint, n);
    default:
      for (;;) {
        const old = Atomics.load(v, 0);
        const wanted = operation === "min" ? old < n : old > n;
        if (wanted || Atomics.compareExchange(v, 0, old, n) === old) return old;
      }
  }
}

function applyToFloat(
  mem: SharedMemory,
  kind: number,
  address: number,
  operation: AtomicOperation,
  operand: number,
  expected: number,
): number {
  const wide = kind === ArrayKind.FLOAT64;
  const floats = wide ? new Float64Array(1) : new Float32Array(1);
  const bits = wide ? new BigInt64Array(floats.buffer) : new Int32Array(floats.buffer);
  const view = viewAt(mem, wide ? ArrayKind.BIG_INT64 : ArrayKind.INT32, address, 1) as unknown as BigInt64Array;
  for (;;) {
    const before = Atomics.load(view, 0);
    bits[0] = before as never;
    const old = floats[0]!;
    const next = nextFloat(operation, old, operand, expected);
    if (Object.is(next, old)) return old;
    floats[0] = next;
    if (Atomics.compareExchange(view, 0, before, bits[0] as bigint) === before) return old;
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
      return old; // load; and, or and xor are refused before they get here
  }
}
