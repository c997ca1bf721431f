/**
 * What is remembered of each element on the heap: the last plain write, and the reads and atomic operations since then that
 * nothing orders among themselves. See README.md, "The shadow".
 */
import type { Part } from "../sched/watch.ts";
import type { Order } from "./order.ts";
import type { Strand } from "./strand.ts";
import { Turn } from "./turns.ts";

/** Kinds of access. A free counts as a write of all elements. */
export const Access = { READ: 0, ATOMIC_READ: 1, ATOMIC_WRITE: 2, WRITE: 3, FREE: 4 } as const;

/** Words of a cell. A place holds the number of the site and, in its lowest bits, the kind. */
const Cell = { WRITER: 0, WRITE_STEP: 1, WRITE_PLACE: 2, USER: 3, USE_STEP: 4, USE_PLACE: 5, MORE: 6 } as const;
const CELL = 8;
const CHUNK_BITS = 9;
const CHUNK_CELLS = 1 << CHUNK_BITS;

/** One access that may still race with later ones. */
export interface Past {
  readonly strand: number;
  readonly step: number;
  readonly site: number;
  readonly kind: number;
}

/** Further reads and atomic operations of an element, the newest first. Shared by elements that have the same. */
interface More extends Past {
  readonly below: More | null;
  readonly size: number;
  /** Whether there is an atomic write among them. */
  readonly writes: boolean;
  readonly number: number;
  /** The list made last by adding to this one. */
  next: More | null;
}

/** Where an allocation lies, and what is known of its elements. */
export class Block {
  readonly address: number;
  readonly bytes: number;
  /** Where it was allocated. */
  readonly site: number;
  /** Who has freed it; null while it is live. */
  freed: Past | null = null;
  /** At which place it lies. */
  place: number;
  /** Of a part of a shared array: what the part's elements are there. */
  part: Part | null = null;
  /** What the program calls an element there: the class of the view, last seen. */
  kind = "";
  /** log2 of the bytes of a cell: as many as the smallest element through which it was seen. */
  shift = -1;
  readonly chunks: (Uint32Array | undefined)[] = [];

  constructor(address: number, bytes: number, site: number, place: number) {
    this.address = address;
    this.bytes = bytes;
    this.site = site;
    this.place = place;
  }
}

const conflicts = (a: number, b: number): boolean => {
  if (a >= Access.WRITE || b >= Access.WRITE) return true;
  return (a === Access.ATOMIC_WRITE && b === Access.READ) || (b === Access.ATOMIC_WRITE && a === Access.READ);
};

/** Whether whatever conflicts with `a` conflicts with `b`. */
const covers = (b: number, a: number): boolean => a === b || a === Access.ATOMIC_READ;

export type OnRace = (block: Block, offset: number, bytes: number, before: Past, now: Past) => void;

export class Shadow {
  readonly #order: Order;
  readonly #onRace: OnRace;
  readonly #lists: (More | null)[] = [null];
  /** The lists of one that were made last, by kind. */
  readonly #roots: (More | null)[] = [null, null, null, null];

  constructor(order: Order, onRace: OnRace) {
    this.#order = order;
    this.#onRace = onRace;
  }

  /** An access to `bytes` bytes from `offset` on, whose elements have 2 ** `shift` bytes. */
  access(block: Block, offset: number, bytes: number, shift: number, kind: number, site: number): void {
    if (block.shift < 0) block.shift = shift;
    else if (shift < block.shift && ((offset | bytes) & ((1 << block.shift) - 1)) !== 0) refine(block, shift);
    const strand = this.#order.current();
    if (block.freed !== null) return this.#late(block, offset, block.freed, strand, kind, site);
    const id = strand.id === 0 ? this.#order.roll.enter(strand) : strand.id;
    strand.touched();
    const last = (offset + bytes - 1) >>> block.shift;
    for (let at = offset >>> block.shift; at <= last; at++) {
      const chunk = (block.chunks[at >>> CHUNK_BITS] ??= new Uint32Array(CHUNK_CELLS * CELL));
      const word = (at & (CHUNK_CELLS - 1)) * CELL;
      if (kind >= Access.WRITE) this.#write(block, at, chunk, word, strand, id, kind, site);
      else this.#use(block, at, chunk, word, strand, id, kind, site);
    }
  }

  /** All elements that were ever touched. */
  free(block: Block, site: number): void {
    const strand = this.#order.current();
    block.chunks.forEach((chunk, number) => {
      if (chunk === undefined) return;
      for (let cell = 0; cell < CHUNK_CELLS; cell++) {
        const word = cell * CELL;
        if (chunk[word + Cell.WRITER] === 0 && chunk[word + Cell.USER] === 0) continue;
        this.#check(block, (number << CHUNK_BITS) + cell, chunk, word, strand, Access.FREE, site);
      }
    });
    if (strand.id === 0) this.#order.roll.enter(strand);
    strand.touched();
    block.freed = { strand: strand.id, step: strand.step, site, kind: Access.FREE };
    block.chunks.length = 0;
  }

  /** An access to memory that was freed before in this run: in another one perhaps afterwards. */
  #late(block: Block, offset: number, freed: Past, strand: Strand, kind: number, site: number): void {
    if (this.#comesBefore(strand, freed.strand, freed.step)) return;
    if (block.shift < 0) block.shift = 0;
    this.#race(block, offset >>> block.shift, freed, strand, kind, site);
  }

  #comesBefore(strand: Strand, other: number, step: number): boolean {
    if (other === strand.id || strand.clock.get(other) >= step) return true;
    return strand.turn !== null && Turn.excludes(strand.turn, other);
  }

  #race(block: Block, at: number, before: Past, strand: Strand, kind: number, site: number): void {
    const now = { strand: strand.id === 0 ? this.#order.roll.enter(strand) : strand.id, step: strand.step, site, kind };
    this.#onRace(block, at << block.shift, 1 << block.shift, before, now);
  }

  #checkWrite(block: Block, at: number, chunk: Uint32Array, word: number, strand: Strand, kind: number, site: number): void {
    const writer = chunk[word + Cell.WRITER]!;
    if (writer === 0 || this.#comesBefore(strand, writer, chunk[word + Cell.WRITE_STEP]!)) return;
    this.#race(block, at, pastOf(chunk, word + Cell.WRITER), strand, kind, site);
  }

  #check(block: Block, at: number, chunk: Uint32Array, word: number, strand: Strand, kind: number, site: number): void {
    this.#checkWrite(block, at, chunk, word, strand, kind, site);
    const user = chunk[word + Cell.USER]!;
    if (user === 0) return;
    if (conflicts(chunk[word + Cell.USE_PLACE]! & 7, kind) && !this.#comesBefore(strand, user, chunk[word + Cell.USE_STEP]!)) {
      this.#race(block, at, pastOf(chunk, word + Cell.USER), strand, kind, site);
    }
    for (let it: More | null = this.#lists[chunk[word + Cell.MORE]!]!; it !== null; it = it.below) {
      if (conflicts(it.kind, kind) && !this.#comesBefore(strand, it.strand, it.step))
        this.#race(block, at, it, strand, kind, site);
    }
  }

  #write(
    block: Block,
    at: number,
    chunk: Uint32Array,
    word: number,
    strand: Strand,
    id: number,
    kind: number,
    site: number,
  ): void {
    if (chunk[word + Cell.WRITER] !== id || chunk[word + Cell.USER] !== 0) {
      this.#check(block, at, chunk, word, strand, kind, site);
      chunk[word + Cell.USER] = 0;
      chunk[word + Cell.MORE] = 0;
    }
    chunk[word + Cell.WRITER] = id;
    chunk[word + Cell.WRITE_STEP] = strand.step;
    chunk[word + Cell.WRITE_PLACE] = (site << 3) | kind;
  }

  #use(block: Block, at: number, chunk: Uint32Array, word: number, strand: Strand, id: number, kind: number, site: number): void {
    const user = chunk[word + Cell.USER]!;
    const usedAs = chunk[word + Cell.USE_PLACE]! & 7;
    if (user === id && chunk[word + Cell.USE_STEP] === strand.step && covers(usedAs, kind)) return;
    const more = this.#lists[chunk[word + Cell.MORE]!]!;
    if (kind === Access.ATOMIC_READ || (usedAs !== Access.ATOMIC_WRITE && kind === Access.READ && more?.writes !== true))
      this.#checkWrite(block, at, chunk, word, strand, kind, site);
    else this.#check(block, at, chunk, word, strand, kind, site);
    if (user !== 0) {
      const step = chunk[word + Cell.USE_STEP]!;
      const isBefore = this.#comesBefore(strand, user, step);
      if (!(isBefore && covers(kind, usedAs))) {
        // Whoever comes after an iteration that has ended, by the end of its loop, comes after all iterations of that loop.
        if (!isBefore && strand.group !== null && usedAs === kind && this.#order.roll.loopOf(user) === strand.group.number)
          return;
        chunk[word + Cell.MORE] = this.#add(more, pastOf(chunk, word + Cell.USER), strand);
      }
    }
    chunk[word + Cell.USER] = id;
    chunk[word + Cell.USE_STEP] = strand.step;
    chunk[word + Cell.USE_PLACE] = (site << 3) | kind;
  }

  /** The number of the list with one more. */
  #add(list: More | null, past: Past, strand: Strand): number {
    let below: More | null = list !== null && list.strand === past.strand && list.kind === past.kind ? list.below : list;
    const known = below === null ? this.#roots[past.kind]! : below.next;
    if (known !== null && isSame(known, past)) return known.number;
    const size = (below?.size ?? 0) + 1;
    if (size >= 16 && (size & (size - 1)) === 0) below = this.#without(below!, strand);
    return this.#push(below, past).number;
  }

  #push(below: More | null, { strand, step, site, kind }: Past): More {
    const list: More = {
      strand,
      step,
      site,
      kind,
      below,
      size: (below?.size ?? 0) + 1,
      writes: kind === Access.ATOMIC_WRITE || below?.writes === true,
      number: this.#lists.length,
      next: null,
    };
    this.#lists.push(list);
    if (below === null) this.#roots[kind] = list;
    else below.next = list;
    return list;
  }

  /** Without what others stand for: later ones of the same strand, and for reads whoever reads now. */
  #without(list: More, strand: Strand): More | null {
    const newest = new Map<string, Past>();
    for (let it: More | null = list; it !== null; it = it.below) {
      const key = `${it.strand} ${it.kind}`;
      if (newest.has(key) || (it.kind === Access.READ && this.#comesBefore(strand, it.strand, it.step))) continue;
      newest.set(key, it);
    }
    if (newest.size === list.size) return list;
    return [...newest.values()].reduceRight<More | null>((made, it) => this.#push(made, it), null);
  }
}

const isSame = (a: Past, b: Past): boolean =>
  a.strand === b.strand && a.step === b.step && a.kind === b.kind && a.site === b.site;

function pastOf(chunk: Uint32Array, word: number): Past {
  const place = chunk[word + 2]!;
  return { strand: chunk[word]!, step: chunk[word + 1]!, site: place >>> 3, kind: place & 7 };
}

/** Smaller cells, each with what the larger one had. */
function refine(block: Block, shift: number): void {
  const parts = 1 << (block.shift - shift);
  const before = block.chunks.slice();
  block.chunks.length = 0;
  before.forEach((chunk, number) => {
    if (chunk === undefined) return;
    for (let cell = 0; cell < CHUNK_CELLS; cell++) {
      const words = chunk.subarray(cell * CELL, (cell + 1) * CELL);
      if (words[Cell.WRITER] === 0 && words[Cell.USER] === 0) continue;
      for (let part = 0; part < parts; part++) {
        const at = ((number << CHUNK_BITS) + cell) * parts + part;
        const target = (block.chunks[at >>> CHUNK_BITS] ??= new Uint32Array(CHUNK_CELLS * CELL));
        target.set(words, (at & (CHUNK_CELLS - 1)) * CELL);
      }
    }
  });
  block.shift = shift;
}
