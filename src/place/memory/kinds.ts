/** The kinds of elements by the names that programs use. */
import { UsageError } from "../../errors.ts";
import {
  ArrayKind,
  bytesPerElement,
  type HeapArray,
  type HeapFloat16Array,
  hasKind,
  kindName,
  kindOf,
} from "../../shared/array-kinds.ts";
import { shown } from "../../shared/given.ts";

/** The arrays by the names of their kinds, as in `shared.float64`. */
export interface ArraysByName {
  int8: Int8Array<SharedArrayBuffer>;
  uint8: Uint8Array<SharedArrayBuffer>;
  uint8Clamped: Uint8ClampedArray<SharedArrayBuffer>;
  int16: Int16Array<SharedArrayBuffer>;
  uint16: Uint16Array<SharedArrayBuffer>;
  int32: Int32Array<SharedArrayBuffer>;
  uint32: Uint32Array<SharedArrayBuffer>;
  float16: HeapFloat16Array;
  float32: Float32Array<SharedArrayBuffer>;
  float64: Float64Array<SharedArrayBuffer>;
  bigInt64: BigInt64Array<SharedArrayBuffer>;
  bigUint64: BigUint64Array<SharedArrayBuffer>;
}

export type KindName = keyof ArraysByName;

/** What an array holds. */
export type ElementOf<A> = A extends { readonly [i: number]: infer E extends number | bigint } ? E : never;

/** An ordinary array of the same elements, not on the heap. */
export type PlainArray<A> = A extends Int8Array ? Int8Array : A extends Uint8Array ? Uint8Array : A extends Uint8ClampedArray ? Uint8ClampedArray
  : A extends Int16Array ? Int16Array : A extends Uint16Array ? Uint16Array : A extends Int32Array ? Int32Array : A extends Uint32Array ? Uint32Array
  : A extends Float32Array ? Float32Array : A extends Float64Array ? Float64Array : A extends BigInt64Array ? BigInt64Array
  : A extends BigUint64Array ? BigUint64Array : never; // biome-ignore format: a table

const KINDS: Record<KindName, number> = {
  int8: ArrayKind.INT8,
  uint8: ArrayKind.UINT8,
  uint8Clamped: ArrayKind.UINT8_CLAMPED,
  int16: ArrayKind.INT16,
  uint16: ArrayKind.UINT16,
  int32: ArrayKind.INT32,
  uint32: ArrayKind.UINT32,
  float16: ArrayKind.FLOAT16,
  float32: ArrayKind.FLOAT32,
  float64: ArrayKind.FLOAT64,
  bigInt64: ArrayKind.BIG_INT64,
  bigUint64: ArrayKind.BIG_UINT64,
};

/** @throws UsageError `HEDDLE_USAGE` */
export function kindNamed(name: string, what: string): number {
  const kind = KINDS[name as KindName];
  if (kind === undefined)
    throw new UsageError(
      `${what}: there are no elements called ${JSON.stringify(name)}; there are ${Object.keys(KINDS).join(", ")}`,
    );
  if (!hasKind(kind)) throw new UsageError(`${what}: this engine has no ${kindName(kind)}; Node 24 and later have it`);
  return kind;
}

/** @throws UsageError `HEDDLE_USAGE` */
export function checkLength(length: number, what: string): void {
  if (!(Number.isInteger(length) && length >= 0))
    throw new UsageError(`${what}: length is ${shown(length)}; it must be a whole number from 0 up`);
}

type AnyArray = {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly length: number;
};

/** The bytes of `values` as elements of `kind`: of a typed array of that kind as they are, of a list of numbers converted. */
export function bytesOfElements(kind: number, values: ArrayLike<number | bigint>, what: string): Uint8Array {
  const found = kindOf(values);
  if (found === kind) {
    const { buffer, byteOffset, byteLength } = values as unknown as AnyArray;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  if (found >= 0 || !Array.isArray(values))
    throw new UsageError(`${what}: expected a ${kindName(kind)} or a list of its elements`);
  const array = plainArray(kind, new Uint8Array(values.length * bytesPerElement(kind))) as unknown as (number | bigint)[];
  for (let i = 0; i < values.length; i++) array[i] = checkElement(values[i], kind, what) as number;
  return new Uint8Array((array as unknown as AnyArray).buffer);
}

const isBig = (kind: number): boolean => kind === ArrayKind.BIG_INT64 || kind === ArrayKind.BIG_UINT64;

/** A value as elements of this kind are. @throws UsageError `HEDDLE_USAGE` */
export function checkElement(value: unknown, kind: number, what: string): number | bigint {
  const type = isBig(kind) ? "bigint" : "number";
  if (typeof value === type) return value as number | bigint;
  throw new UsageError(`${what}: an element of a ${kindName(kind)} is a ${type}, not ${shown(value)}`);
}

/** An ordinary array over bytes that begin a buffer. */
export function plainArray(kind: number, bytes: Uint8Array): unknown {
  const Constructor = (globalThis as unknown as Record<string, new (buffer: ArrayBufferLike) => unknown>)[kindName(kind)]!;
  return new Constructor(bytes.buffer);
}

export type { HeapArray };
