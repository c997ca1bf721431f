/** Which allocation an element of an array lies in. */
import { serialPlaces } from "../sched/places.ts";
import { ArrayKind, kindName, kindOf } from "../shared/array-kinds.ts";
import type { Heap } from "../shared/heap/heap.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { Block } from "./shadow.ts";

const PAGE_BITS = 12;
const CACHED = 64;

/** A view, as it lies in a block. */
export interface Seen {
  readonly view: ArrayBufferView;
  readonly block: Block;
  /** Of the view's first element, in the block. */
  readonly offset: number;
  readonly shift: number;
}

/** The blocks of one heap, by page: those that are live, and those that were freed and lie where nothing else does so far. */
class Blocks {
  readonly #pages = new Map<number, Block[]>();
  readonly #byAddress = new Map<number, Block>();

  add(block: Block): void {
    this.#forgetFreed(block);
    this.#byAddress.set(block.address, block);
    this.#eachPage(block, (page) => {
      const list = this.#pages.get(page);
      if (list === undefined) this.#pages.set(page, [block]);
      else list.push(block);
    });
  }

  /** The block that begins there is live no longer. */
  free(address: number): Block | undefined {
    const block = this.#byAddress.get(address);
    this.#byAddress.delete(address);
    return block;
  }

  /** Its memory has become that of `block`. */
  #forgetFreed(block: Block): void {
    const end = block.address + block.bytes;
    this.#eachPage(block, (page) => {
      for (const it of this.#pages.get(page) ?? [])
        if (it.address < end && block.address < it.address + it.bytes) this.#remove(it);
    });
  }

  #remove(block: Block): void {
    this.#eachPage(block, (page) => {
      const list = this.#pages.get(page)!.filter((it) => it !== block);
      if (list.length > 0) this.#pages.set(page, list);
      else this.#pages.delete(page);
    });
  }

  find(address: number): Block | undefined {
    return this.#pages.get(address >>> PAGE_BITS)?.find((it) => it.address <= address && address < it.address + it.bytes);
  }

  #eachPage({ address, bytes }: Block, visit: (page: number) => void): void {
    const last = (address + Math.max(1, bytes) - 1) >>> PAGE_BITS;
    for (let page = address >>> PAGE_BITS; page <= last; page++) visit(page);
  }
}

export class Memory {
  readonly #heaps = new Map<ArrayBufferLike, Blocks>();
  readonly #byHeap = new WeakMap<Heap, Blocks>();
  /** The runtime's own views. */
  readonly #internal = new WeakSet<object>();
  readonly #cache: (Seen | null)[] = new Array<Seen | null>(CACHED).fill(null);
  /** The one of the cache that was asked for last. */
  #lastBuffer: ArrayBufferLike | null = null;

  /** From now on the blocks of this heap are known. */
  watch(mem: SharedMemory, heap: Heap): void {
    const blocks = new Blocks();
    this.#heaps.set(mem.buffer, blocks);
    this.#byHeap.set(heap, blocks);
    for (const view of [mem.i32, mem.u32, mem.f64, mem.u8]) this.#internal.add(view);
  }

  allocated(heap: Heap, address: number, bytes: number, site: number): void {
    this.#byHeap.get(heap)?.add(new Block(address, bytes, site, serialPlaces?.here() ?? 0));
  }

  /** The block that begins there, which is no more. */
  freed(heap: Heap, address: number): Block | undefined {
    return this.#byHeap.get(heap)?.free(address);
  }

  isOnHeap(view: ArrayBufferView): boolean {
    const { buffer } = view;
    if (buffer === this.#lastBuffer) return true;
    if (!this.#heaps.has(buffer)) return false;
    this.#lastBuffer = buffer;
    return true;
  }

  /** The block in which an address lies, perhaps one that was freed. */
  blockAt({ buffer }: SharedMemory, address: number): Block | null {
    return this.#heaps.get(buffer)?.find(address) ?? null;
  }

  /** Where a view lies, in a block that may have been freed; null for views that are not on a heap, and the runtime's own. */
  find(view: ArrayBufferView): Seen | null {
    if (!this.isOnHeap(view)) return null;
    const slot = (view.byteOffset >>> 4) & (CACHED - 1);
    const cached = this.#cache[slot]!;
    if (cached !== null && cached.view === view && cached.block.freed === null) return cached;
    if (this.#internal.has(view)) return null;
    const block = this.#heaps.get(view.buffer)!.find(view.byteOffset);
    if (block === undefined) return null;
    const kind = kindOf(view);
    // Bytes say little of what they are to the program: heddle copies arrays by them.
    if (kind >= 0 && (block.kind === "" || kind !== ArrayKind.UINT8)) block.kind = kindName(kind);
    const bytes = (view as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
    const seen: Seen = { view, block, offset: view.byteOffset - block.address, shift: 31 - Math.clz32(bytes) };
    return (this.#cache[slot] = seen);
  }
}
