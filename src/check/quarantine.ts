/**
 * Freed memory is kept for a while before others get it (as address sanitizers do): whoever still uses it is recognised then, and does not
 * write into an array that belongs to somebody else by now, or into the heap's own lists.
 */
import { OutOfMemoryError } from "../errors.ts";
import type { Heap } from "../shared/heap/heap.ts";

/** At most so much is kept. */
const MOST_BYTES = 1 << 24;
const MOST_BLOCKS = 1 << 14;

export class Quarantine {
  readonly #free: (heap: Heap, address: number) => void;
  /** Oldest first, by address. */
  readonly #kept = new Map<Heap, Map<number, number>>();
  #bytes = 0;
  #blocks = 0;

  /** `free` really frees. */
  constructor(free: (heap: Heap, address: number) => void) {
    this.#free = free;
  }

  has(heap: Heap, address: number): boolean {
    return this.#kept.get(heap)?.has(address) === true;
  }

  /** Instead of freeing the block. */
  keep(heap: Heap, address: number, bytes: number): void {
    let kept = this.#kept.get(heap);
    if (kept === undefined) this.#kept.set(heap, (kept = new Map()));
    kept.set(address, bytes);
    this.#bytes += bytes;
    this.#blocks++;
    while (this.#bytes > MOST_BYTES || this.#blocks > MOST_BLOCKS) {
      const [other, list] = this.#kept.entries().next().value!;
      this.release(other, list.keys().next().value!);
    }
  }

  release(heap: Heap, address: number): void {
    const list = this.#kept.get(heap)!;
    this.#bytes -= list.get(address)!;
    this.#blocks--;
    list.delete(address);
    if (list.size === 0) this.#kept.delete(heap);
    this.#free(heap, address);
  }

  /** Runs `allocate`; where memory is short, again without anything kept. */
  orWithout<T>(heap: Heap, allocate: () => T): T {
    try {
      return allocate();
    } catch (error) {
      const list = this.#kept.get(heap);
      if (!(error instanceof OutOfMemoryError) || list === undefined) throw error;
      for (const address of [...list.keys()]) this.release(heap, address);
      return allocate();
    }
  }
}
