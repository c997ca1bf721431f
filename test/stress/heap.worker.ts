import { parentPort, workerData } from "node:worker_threads";
import { Heap, type HeapOptions } from "../../src/shared/heap/heap.ts";
import { attachMemory } from "../../src/shared/memory.ts";
import { Random } from "../../src/testing/seed.ts";

/** What a thread of the stress tests is told. */
export interface StressTask {
  readonly memory: WebAssembly.Memory;
  readonly options: HeapOptions;
  readonly seed: number;
  /** Allocations to make; Infinity to go on until terminated. */
  readonly rounds: number;
  /** First word of the table through which blocks are passed from thread to thread: a unit each, or 0. */
  readonly table: number;
  readonly tableLength: number;
}

/** Fills the block with words that only this block has, so that an overlap shows. */
function sign(i32: Int32Array, address: number, bytes: number): void {
  const at = address / 4;
  const length = bytes >> 2;
  i32[at] = length;
  for (let i = 1; i < length; i++) i32[at + i] = Math.imul(address, i) | 0;
}

function verify(i32: Int32Array, address: number): void {
  const at = address / 4;
  const length = i32[at]!;
  for (let i = 1; i < length; i++) {
    if (i32[at + i] !== (Math.imul(address, i) | 0))
      throw new Error(`block at ${address}: word ${i} of ${length} was overwritten`);
  }
}

/** Allocates and signs blocks, swaps each with one in the table, verifies what it got and frees it. */
export function stress({ memory, options, seed, rounds, table, tableLength }: StressTask): void {
  const mem = attachMemory(memory);
  const { i32 } = mem;
  const heap = new Heap(mem, options);
  const random = Random.from(seed);
  for (let round = 0; round < rounds; round++) {
    const bytes = 4 * (1 + random.below(random.below(4) === 0 ? 2000 : 130));
    const address = heap.alloc(bytes, true);
    for (let i = 0; i < bytes >> 2; i++) if (i32[address / 4 + i] !== 0) throw new Error(`block at ${address}: not zero`);
    sign(i32, address, bytes);
    const got = Atomics.exchange(i32, table + random.below(tableLength), address / 16) * 16;
    if (got !== 0) {
      verify(i32, got);
      heap.free(got);
    }
  }
  heap.flush();
}

if (parentPort) {
  parentPort.postMessage("started");
  stress(workerData as StressTask);
}
