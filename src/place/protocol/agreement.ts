/**
 * What each place says of an operation of all places, where the transport has an exchange: everybody gets everybody's. So all see alike whether they have called the
 * same, and small values are there at once. See README.md, "All places at once".
 */
import { CollectiveError, UsageError } from "../../errors.ts";
import { otherCall, otherReduction } from "./titles.ts";

/** Words of a slot, of 32 bits; BYTES is a float64. Then the data. */
const Word = { NUMBER: 0, CALL: 1, ROOT: 2, BYTES: 4 } as const;
const HEAD = 24;
/** In CALL: which operation, whether the place cannot take part, what is combined and how. */
const NAME_MASK = 0xff;
const REFUSES = 0x100;
const REDUCTION_SHIFT = 16;

/** What one place says. */
export interface Said {
  /** The operation's number. */
  readonly number: number;
  /** Which operation, with which root. */
  readonly name: number;
  readonly root: number;
  /** What is combined and how: equal numbers, below 65536, for what goes together. */
  readonly reduction: number;
  /** The place cannot take part. */
  readonly refuses: boolean;
  /** How long its data is. */
  readonly bytes: number;
}

/** The slots of one operation after the other: the own one to be written, then everybody's to be read. Buffers are made once, since views of new ones are slow. */
export class Slots {
  readonly #slotBytes: number;
  readonly #own: Uint8Array;
  readonly #ownI32: Int32Array;
  readonly #ownF64: Float64Array;
  readonly #all: Uint8Array;
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;
  readonly #places: number;

  constructor(slotBytes: number, places: number) {
    this.#slotBytes = slotBytes;
    this.#places = places;
    this.#own = new Uint8Array(new ArrayBuffer(slotBytes));
    this.#ownI32 = new Int32Array(this.#own.buffer);
    this.#ownF64 = new Float64Array(this.#own.buffer);
    this.#all = new Uint8Array(new ArrayBuffer(slotBytes * places));
    this.#i32 = new Int32Array(this.#all.buffer);
    this.#f64 = new Float64Array(this.#all.buffer);
  }

  /** How long data that travels along may be. */
  get room(): number {
    return this.#slotBytes - HEAD;
  }

  /** The own slot, valid until the next one. `data` is there if there is room for it. */
  write({ number, name, root, reduction, refuses, bytes }: Said, data: Uint8Array | null): Uint8Array {
    this.#ownI32[Word.NUMBER] = number;
    this.#ownI32[Word.CALL] = name | (refuses ? REFUSES : 0) | (reduction << REDUCTION_SHIFT);
    this.#ownI32[Word.ROOT] = root;
    this.#ownF64[Word.BYTES / 2] = bytes;
    if (data !== null) this.#own.set(data, HEAD);
    return data === null ? this.#own.subarray(0, HEAD) : this.#own;
  }

  /** Takes in everybody's. */
  read(slots: Uint8Array): void {
    this.#all.set(slots);
  }

  /** Whether the data of a place has come along. */
  has(place: number): boolean {
    return this.bytesOf(place) <= this.room;
  }

  bytesOf(place: number): number {
    return this.#f64[(place * this.#slotBytes + Word.BYTES * 4) / 8]!;
  }

  /** It lies at a multiple of 8, and may be written to. Valid until the next `read`. */
  dataOf(place: number): Uint8Array {
    const start = place * this.#slotBytes + HEAD;
    return this.#all.subarray(start, start + this.bytesOf(place));
  }

  /** Why the operation cannot be, as `here` is told; null when all go together. */
  disagreement(here: number, titleOf: (name: number, root: number) => string, combines: boolean): Error | null {
    const own = this.#wordsOf(here);
    let isLike = (this.#i32[own + Word.CALL]! & REFUSES) === 0;
    for (let place = 0; isLike && place < this.#places; place++) {
      const at = this.#wordsOf(place);
      for (const word of [Word.NUMBER, Word.CALL, Word.ROOT]) isLike &&= this.#i32[at + word] === this.#i32[own + word];
      isLike &&= !combines || this.bytesOf(place) === this.bytesOf(here);
    }
    return isLike ? null : this.#explain(here, titleOf);
  }

  #explain(here: number, titleOf: (name: number, root: number) => string): Error {
    const said = Array.from({ length: this.#places }, (_, place) => this.#saidBy(place));
    const mine = said[here]!;
    const title = titleOf(mine.name, mine.root);
    const find = (is: (it: Said) => boolean): number => said.findIndex(is);
    const astray = find(({ number }) => number !== mine.number);
    if (astray >= 0)
      return new CollectiveError(`place ${astray} is at operation ${said[astray]!.number} of all places, not at ${mine.number}`);
    const other = find(({ name, root }) => name !== mine.name || root !== mine.root);
    if (other >= 0) return otherCall(title, other, titleOf(said[other]!.name, said[other]!.root));
    const refuses = find((it) => it.refuses);
    if (refuses >= 0) return new CollectiveError(`${title}: place ${refuses} called it in a way in which it cannot be`);
    const unlike = find(({ reduction }) => reduction !== mine.reduction);
    if (unlike >= 0) return otherReduction(title, unlike);
    const longer = find(({ bytes }) => bytes !== mine.bytes);
    return new UsageError(`reduce: ${mine.bytes} bytes here, ${said[longer]!.bytes} at place ${longer}`);
  }

  #saidBy(place: number): Said {
    const at = this.#wordsOf(place);
    const call = this.#i32[at + Word.CALL]!;
    return {
      number: this.#i32[at + Word.NUMBER]!,
      name: call & NAME_MASK,
      root: this.#i32[at + Word.ROOT]!,
      reduction: call >>> REDUCTION_SHIFT,
      refuses: (call & REFUSES) !== 0,
      bytes: this.bytesOf(place),
    };
  }

  #wordsOf(place: number): number {
    return (place * this.#slotBytes) / 4;
  }
}
