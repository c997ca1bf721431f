/**
 * The table of functions: what a task is called in shared memory. A list that only grows; each entry gives a number to
 * (module URL, order of definition), or to the source of a lambda. Any thread may add to it, none ever removes.
 * See ../sched/README.md, "The table of functions".
 */
import { compareExchange, load } from "./atomics.ts";
import type { Heap } from "./heap/heap.ts";
import { Control } from "./layout.ts";
import type { SharedMemory } from "./memory.ts";

export interface FunctionEntry {
  readonly url: string;
  readonly order: number;
  readonly name: string;
  readonly hash: number;
  readonly source?: string | undefined;
  /** Of a lambda: where it was given to heddle first, "file:line:column". For those who read of it: it tells nobody apart. */
  readonly site?: string | undefined;
}

const Entry = { NEXT: 0, ID: 1, LENGTH: 2, BYTES: 4 } as const;

export class FunctionTable {
  readonly #mem: SharedMemory;
  readonly #heap: Heap;
  readonly #entries: FunctionEntry[] = [];
  readonly #ids = new Map<string, number>();
  #newest = 0;

  constructor(mem: SharedMemory, heap: Heap) {
    this.#mem = mem;
    this.#heap = heap;
  }

  /** The entry with this number, which another thread has used. */
  entry(id: number): FunctionEntry {
    if (id >= this.#entries.length) this.refresh();
    return this.#entries[id]!;
  }

  /** Reads what other threads have added; how many entries there are now. */
  refresh(): number {
    const head = load(this.#mem.i32, Control.FUNCTIONS) >>> 0;
    if (head !== this.#newest) this.#readFrom(head);
    return this.#entries.length;
  }

  /** The number of a function, which it gets now if it has none. */
  id(wanted: FunctionEntry): number {
    const key = keyOf(wanted);
    let block = 0;
    for (;;) {
      const head = load(this.#mem.i32, Control.FUNCTIONS) >>> 0;
      this.#readFrom(head);
      const known = this.#ids.get(key);
      if (known !== undefined) {
        if (block !== 0) this.#heap.free(block);
        return known;
      }
      if (block === 0) block = this.#write(wanted);
      const word = block >>> 2;
      this.#mem.i32[word + Entry.NEXT] = head;
      this.#mem.i32[word + Entry.ID] = this.#entries.length;
      // Publishes the entry. Where it fails somebody else was faster: perhaps with the same function, so look again.
      if (compareExchange(this.#mem.i32, Control.FUNCTIONS, head | 0, block | 0) >>> 0 === head) {
        this.#readFrom(block);
        return this.#ids.get(key)!;
      }
    }
  }

  #write(entry: FunctionEntry): number {
    const bytes = new TextEncoder().encode(JSON.stringify(entry));
    const block = this.#heap.alloc(Entry.BYTES * 4 + bytes.length);
    this.#mem.i32[(block >>> 2) + Entry.LENGTH] = bytes.length;
    this.#mem.u8.set(bytes, block + Entry.BYTES * 4);
    return block;
  }

  /** Reads the list from `head` back to the newest entry that this thread knows. */
  #readFrom(head: number): void {
    const news: number[] = [];
    for (let at = head; at !== this.#newest; at = this.#mem.i32[(at >>> 2) + Entry.NEXT]! >>> 0) news.push(at);
    for (const at of news.reverse()) {
      const length = this.#mem.i32[(at >>> 2) + Entry.LENGTH]!;
      const start = at + Entry.BYTES * 4;
      const entry = JSON.parse(new TextDecoder().decode(this.#mem.u8.slice(start, start + length))) as FunctionEntry;
      this.#ids.set(keyOf(entry), this.#entries.length);
      this.#entries.push(entry);
    }
    this.#newest = head;
  }
}

const keyOf = (entry: FunctionEntry): string => entry.source ?? `${entry.url}\n${entry.order}`;
