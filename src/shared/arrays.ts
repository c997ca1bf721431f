import { ForeignError, HeapError, UsageError } from "../errors.ts";
import {
  ArrayKind,
  bytesPerElement,
  type HeapArray,
  type HeapFloat16Array,
  hasKind,
  kindName,
  kindOf,
  type OnHeap,
  type TypedArray,
  viewAt,
} from "./array-kinds.ts";
import type { Heap, HeapUsage } from "./heap/heap.ts";
import type { SharedMemory } from "./memory.ts";

/** The heap that arrays are made on, as the calling thread sees it. */
export interface ArrayHome {
  readonly heap: Heap;
  readonly mem: SharedMemory;
}

/** Array objects that were freed through this thread, so that freeing one twice is told even if its memory has a new owner. */
const freed = new WeakSet<object>();

/**
 * The ways to make an array on the heap. Each returns an ordinary typed array, filled with zeros, that every thread can see: pass
 * it to tasks, it is not copied. It stays allocated until it is freed, whether or not anybody still refers to it.
 *
 * `length` counts elements. Every method throws UsageError (`HEDDLE_USAGE`) when `length` is not a whole number from 0 up, and
 * OutOfMemoryError (`HEDDLE_OUT_OF_MEMORY`) when the heap has no piece that is large enough. None of them blocks.
 */
export abstract class ArrayMaker {
  /** 8-bit integers. */
  int8(length: number): Int8Array<SharedArrayBuffer> {
    return this.#make(ArrayKind.INT8, "int8", length) as Int8Array<SharedArrayBuffer>;
  }

  /** 8-bit integers without sign. */
  uint8(length: number): Uint8Array<SharedArrayBuffer> {
    return this.#make(ArrayKind.UINT8, "uint8", length) as Uint8Array<SharedArrayBuffer>;
  }

  /** 8-bit integers without sign, clamped to 0..255 when written, as in image data. */
  uint8Clamped(length: number): Uint8ClampedArray<SharedArrayBuffer> {
    return this.#make(ArrayKind.UINT8_CLAMPED, "uint8Clamped", length) as Uint8ClampedArray<SharedArrayBuffer>;
  }

  /** 16-bit integers. */
  int16(length: number): Int16Array<SharedArrayBuffer> {
    return this.#make(ArrayKind.INT16, "int16", length) as Int16Array<SharedArrayBuffer>;
  }

  /** 16-bit integers without sign. */
  uint16(length: number): Uint16Array<SharedArrayBuffer> {
    return this.#make(ArrayKind.UINT16, "uint16", length) as Uint16Array<SharedArrayBuffer>;
  }

  /** 32-bit integers; `Atomics` works on it. */
  int32(length: number): Int32Array<SharedArrayBuffer> {
    return this.#make(ArrayKind.INT32, "int32", length) as Int32Array<SharedArrayBuffer>;
  }

  /** 32-bit integers without sign. */
  uint32(length: number): Uint32Array<SharedArrayBuffer> {
    return this.#make(ArrayKind.UINT32, "uint32", length) as Uint32Array<SharedArrayBuffer>;
  }

  /** 16-bit floating-point numbers. Throws UsageError where the engine has no `Float16Array`. */
  float16(length: number): HeapFloat16Array {
    return this.#make(ArrayKind.FLOAT16, "float16", length) as HeapFloat16Array;
  }

  /** 32-bit floating-point numbers. */
  float32(length: number): Float32Array<SharedArrayBuffer> {
    return this.#make(ArrayKind.FLOAT32, "float32", length) as Float32Array<SharedArrayBuffer>;
  }

  /** 64-bit floating-point numbers: JavaScript's own. */
  float64(length: number): Float64Array<SharedArrayBuffer> {
    return this.#make(ArrayKind.FLOAT64, "float64", length) as Float64Array<SharedArrayBuffer>;
  }

  /** 64-bit integers, as `bigint`; `Atomics` works on it. */
  bigInt64(length: number): BigInt64Array<SharedArrayBuffer> {
    return this.#make(ArrayKind.BIG_INT64, "bigInt64", length) as BigInt64Array<SharedArrayBuffer>;
  }

  /** 64-bit integers without sign, as `bigint`. */
  bigUint64(length: number): BigUint64Array<SharedArrayBuffer> {
    return this.#make(ArrayKind.BIG_UINT64, "bigUint64", length) as BigUint64Array<SharedArrayBuffer>;
  }

  /** A copy of a typed array, of the same kind. The original may lie anywhere: it can be on the heap too. */
  from<T extends TypedArray>(array: T): OnHeap<T> {
    const kind = kindOf(array);
    if (kind < 0) {
      throw new UsageError(
        `${this.label}.from(array): expected a typed array, got ${describe(array)}. ` +
          "For a list of numbers, say which kind: from(Float64Array.from(list)).",
      );
    }
    const source = array as unknown as { readonly length: number };
    const copy = this.#place(kind, source.length, false) as unknown as { set(source: unknown): void };
    copy.set(source);
    return copy as unknown as OnHeap<T>;
  }

  /** What this object is called in messages. */
  protected abstract readonly label: string;

  /** Where to allocate. */
  protected abstract home(): ArrayHome;

  /** Told of each new block. */
  protected abstract made(home: ArrayHome, address: number): void;

  #make(kind: number, method: string, length: number): HeapArray {
    if (!(Number.isInteger(length) && length >= 0)) {
      const hint = kindOf(length) >= 0 || Array.isArray(length) ? ` To copy an array, use ${this.label}.from(array).` : "";
      throw new UsageError(
        `${this.label}.${method}(length): length is ${describe(length)}; it must be a whole number from 0 up.${hint}`,
      );
    }
    if (!hasKind(kind)) {
      throw new UsageError(`${this.label}.${method}: this engine has no ${kindName(kind)}; Node 24 and later have it.`);
    }
    return this.#place(kind, length, true);
  }

  #place(kind: number, length: number, zero: boolean): HeapArray {
    const home = this.home();
    const address = home.heap.alloc(length * bytesPerElement(kind), zero);
    this.made(home, address);
    return viewAt(home.mem, kind, address, length);
  }
}

/** The arrays of a runtime's heap: `shared.float64(1000)`. */
export class Shared extends ArrayMaker {
  readonly #home: () => ArrayHome;
  protected readonly label = "shared";

  constructor(home: () => ArrayHome) {
    super();
    this.#home = home;
  }

  /**
   * Gives an array's memory back, from any thread. Nobody may use the array any more, nor a view or subarray of it: they stay
   * readable and writable, but the memory will belong to another array.
   *
   * Throws HeapError (`HEDDLE_HEAP`) when the array was freed before, is a subarray that begins elsewhere than the array it was
   * made from, or is an ordinary array; ForeignError (`HEDDLE_FOREIGN`) when it lies in another runtime's memory; UsageError
   * (`HEDDLE_USAGE`) when it is no typed array at all.
   */
  free(array: HeapArray): void {
    const what = "shared.free(array)";
    const home = this.#home();
    checkOnHeap(home, array, what);
    if (freed.has(array)) throw freedBefore(array, what);
    if (!home.heap.freeStamped(array.byteOffset, home.heap.stampOf(array.byteOffset))) {
      throw new HeapError(
        `${what}: no array of the heap begins where this ${kindName(kindOf(array))} of length ${array.length} does: ` +
          "it was freed before, or it is a subarray; free the array it was made from.",
      );
    }
    freed.add(array);
  }

  /** An empty region: arrays that are freed together. */
  region(): Region {
    return new Region(this.#home());
  }

  /** How much of the heap is in use, in bytes. Exact while the other threads allocate nothing. */
  usage(): HeapUsage {
    return this.#home().heap.usage();
  }

  protected home(): ArrayHome {
    return this.#home();
  }

  protected made(): void {}
}

/**
 * Arrays that are freed together, at the latest at the end of a scope:
 *
 * ```ts
 * using region = shared.region();
 * const a = region.float64(n);
 * ```
 *
 * A region belongs to the thread that made it; its arrays, like all heap arrays, go everywhere.
 */
export class Region extends ArrayMaker {
  readonly #home: ArrayHome;
  /** Stamp by address, so that a block which was freed by hand and has a new owner is left alone. */
  readonly #blocks = new Map<number, number>();
  #open = true;
  protected readonly label = "region";

  /** Made by `shared.region()`. */
  constructor(home: ArrayHome) {
    super();
    this.#home = home;
  }

  /**
   * Without an argument: frees the region's arrays in the order in which they were made, except those that were freed before, by whichever
   * thread. After that the region makes no more arrays (HeapError); calling this again does nothing.
   *
   * With an array of this region: frees only that one, as `shared.free` does. Throws HeapError when the array is of another region, or of none.
   */
  free(...array: [] | [array: HeapArray]): void {
    if (array.length === 0) {
      this.#open = false;
      const { heap } = this.#home;
      for (const [address, stamp] of this.#blocks) {
        this.#blocks.delete(address);
        heap.freeStamped(address, stamp);
      }
      return;
    }
    const [one] = array;
    const what = "region.free(array)";
    checkOnHeap(this.#home, one, what);
    const stamp = this.#blocks.get(one.byteOffset);
    if (stamp === undefined && !freed.has(one)) {
      throw new HeapError(`${what}: this ${kindName(kindOf(one))} was not made by this region; use shared.free.`);
    }
    this.#blocks.delete(one.byteOffset);
    if (freed.has(one) || !this.#home.heap.freeStamped(one.byteOffset, stamp!)) throw freedBefore(one, what);
    freed.add(one);
  }

  /** As `free()`; called by `using` at the end of the scope. */
  [Symbol.dispose](): void {
    this.free();
  }

  protected home(): ArrayHome {
    if (!this.#open) {
      throw new HeapError(
        "This region was disposed: its scope has ended, or free() was called. Make a new one: shared.region().",
      );
    }
    return this.#home;
  }

  protected made({ heap }: ArrayHome, address: number): void {
    this.#blocks.delete(address);
    this.#blocks.set(address, heap.stampOf(address));
  }
}

/** The `shared` object that users import, on whichever heap `home` says at each call. */
export function makeShared(home: () => ArrayHome): Shared {
  return new Shared(home);
}

function checkOnHeap({ mem }: ArrayHome, array: HeapArray, what: string): void {
  const kind = kindOf(array);
  if (kind < 0) throw new UsageError(`${what}: expected an array of the heap, got ${describe(array)}.`);
  if (array.buffer === mem.buffer) return;
  if (Object.prototype.toString.call(array.buffer) === "[object SharedArrayBuffer]") {
    throw new ForeignError(`${what}: this ${kindName(kind)} lies in other shared memory than this runtime's heap.`);
  }
  throw new HeapError(`${what}: this ${kindName(kind)} is an ordinary array, not one of the heap; it needs no freeing.`);
}

const freedBefore = (array: HeapArray, what: string): HeapError =>
  new HeapError(`${what}: this ${kindName(kindOf(array))} of length ${array.length} was freed before.`);

function describe(value: unknown): string {
  const kind = kindOf(value);
  if (kind >= 0) return `a ${kindName(kind)}`;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
