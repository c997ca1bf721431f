import type { ThreadStart } from "../platform/platform.ts";

/** WebAssembly's memory object. By way of the platform, which declares it where the compiler knows Node alone. */
export type Memory = ThreadStart["memory"];

/** One runtime's shared memory and the views that every thread has of it. */
export interface SharedMemory {
  readonly memory: Memory;
  readonly buffer: SharedArrayBuffer;
  readonly i32: Int32Array<SharedArrayBuffer>;
  readonly u32: Uint32Array<SharedArrayBuffer>;
  readonly f64: Float64Array<SharedArrayBuffer>;
  readonly u8: Uint8Array<SharedArrayBuffer>;
}

export const PAGE_BYTES = 65_536;

/** WebAssembly's 32-bit memories end here: 4 GiB. */
export const MAX_MEMORY_BYTES = 65_536 * PAGE_BYTES;

/**
 * Reserves a shared memory at its final size, so that no view ever goes stale. Only pages that are touched cost
 * physical memory. Throws the engine's RangeError where the system refuses to reserve that much.
 */
export function createMemory(bytes: number): SharedMemory {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  return attachMemory(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
}

const attached = new WeakSet<object>();
/** Whether this is the memory of some runtime that this thread knows. */
export const isRuntimeMemory = (buffer: object): boolean => attached.has(buffer);

export function attachMemory(memory: Memory): SharedMemory {
  const buffer = memory.buffer as unknown as SharedArrayBuffer;
  attached.add(buffer);
  return {
    memory,
    buffer,
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    f64: new Float64Array(buffer),
    u8: new Uint8Array(buffer),
  };
}
