import type { SharedMemory } from "./memory.ts";

/** The instances of a constructor that a program's `lib` setting may or may not know. */
type InstanceOf<Name extends string> = typeof globalThis extends { readonly [K in Name]: { readonly prototype: infer A } }
  ? A
  : never;

/** A `Float16Array` on the heap; `never` where TypeScript's `lib` does not know that class. */
export type HeapFloat16Array = InstanceOf<"Float16Array"> & { readonly buffer: SharedArrayBuffer };

/** The heap's typed arrays by class name. */
export interface HeapArrays {
  Int8Array: Int8Array<SharedArrayBuffer>;
  Uint8Array: Uint8Array<SharedArrayBuffer>;
  Uint8ClampedArray: Uint8ClampedArray<SharedArrayBuffer>;
  Int16Array: Int16Array<SharedArrayBuffer>;
  Uint16Array: Uint16Array<SharedArrayBuffer>;
  Int32Array: Int32Array<SharedArrayBuffer>;
  Uint32Array: Uint32Array<SharedArrayBuffer>;
  Float16Array: HeapFloat16Array;
  Float32Array: Float32Array<SharedArrayBuffer>;
  Float64Array: Float64Array<SharedArrayBuffer>;
  BigInt64Array: BigInt64Array<SharedArrayBuffer>;
  BigUint64Array: BigUint64Array<SharedArrayBuffer>;
}

/** A typed array on the heap: an ordinary typed array over shared memory. */
export type HeapArray = HeapArrays[keyof HeapArrays];

/** A typed array anywhere. */
export interface TypedArray extends ArrayBufferView {
  readonly length: number;
  readonly [Symbol.toStringTag]: keyof HeapArrays;
}

/** The heap's counterpart of a typed array. */
export type OnHeap<T extends TypedArray> = HeapArrays[T[typeof Symbol.toStringTag]];

/** The kinds of typed array, as they are named in shared memory. The numbers are those of the codec's views. */
export const ArrayKind = {
  INT8: 0,
  UINT8: 1,
  UINT8_CLAMPED: 2,
  INT16: 3,
  UINT16: 4,
  INT32: 5,
  UINT32: 6,
  FLOAT16: 7,
  FLOAT32: 8,
  FLOAT64: 9,
  BIG_INT64: 10,
  BIG_UINT64: 11,
} as const;

/** In the order of their kinds. */
export const ARRAY_NAMES = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
] as const;

interface HeapArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): HeapArray;
}

const globals = globalThis as unknown as Record<string, HeapArrayConstructor | undefined>;

/** By kind; undefined where the engine lacks the class. */
const constructors = ARRAY_NAMES.map((name) => globals[name]);

const kinds = new Map<string, number>(ARRAY_NAMES.map((name, kind) => [name, kind]));

/** The getter behind `Object.prototype.toString`: the class's name for typed arrays of any realm and subclass, else undefined. */
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!.get as (
  this: unknown,
) => string | undefined;

/** The kind of a typed array (also of a Buffer, whose kind is that of Uint8Array); -1 for anything else. */
export function kindOf(value: unknown): number {
  const name = tagOf.call(value);
  return name === undefined ? -1 : (kinds.get(name) ?? -1);
}

/** Whether `value` is a typed array on the heap in `mem`, whole or a subarray. */
export function isHeapArray(value: unknown, mem: Pick<SharedMemory, "buffer">): value is HeapArray {
  return ArrayBuffer.isView(value) && value.buffer === mem.buffer && kindOf(value) >= 0;
}

/** `Float16Array` is the one kind that an engine may lack. */
export const hasKind = (kind: number): boolean => constructors[kind] !== undefined;

export const kindName = (kind: number): string => ARRAY_NAMES[kind]!;

export const bytesPerElement = (kind: number): number => constructors[kind]!.BYTES_PER_ELEMENT;

/** The typed array of `kind` with `length` elements at byte `address`, a multiple of the element's size. */
export function viewAt(mem: Pick<SharedMemory, "buffer">, kind: number, address: number, length: number): HeapArray {
  return new constructors[kind]!(mem.buffer, address, length);
}
