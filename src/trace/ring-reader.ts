import { load, store } from "../shared/atomics.ts";
import { RingWord, type TraceBuffer, threadOf } from "./buffer.ts";
import { decodeEvent, recordsAt } from "./decode.ts";
import { RECORD_BYTES, RECORD_WORDS, type TraceEvent } from "./events.ts";

/** The reading end. The one that `takes` frees what it has read; others may be overtaken, and say so in `missed`. */
export class RingReader {
  readonly #buffer: TraceBuffer;
  readonly #ring: number;
  readonly #capacity: number;
  readonly #takes: boolean;
  readonly #thread: number;
  #at: number;
  /** Records that were overwritten before this reader came to them. */
  missed = 0;

  constructor(buffer: TraceBuffer, slot: number, takes: boolean) {
    this.#buffer = buffer;
    this.#ring = buffer.ringWord(slot);
    this.#capacity = buffer.settings.capacity;
    this.#takes = takes;
    this.#thread = threadOf(slot, buffer.settings);
    this.#at = takes ? load(buffer.i32, this.#ring + RingWord.TAIL) : this.#earliest();
  }

  /** Records that the ring's thread could not write. */
  get lost(): number {
    return load(this.#buffer.i32, this.#ring + RingWord.LOST);
  }

  /** Passes on what is new, oldest first, and the bytes of each record; returns how many records that was. */
  take(each: (event: TraceEvent) => void, copied?: (bytes: Uint8Array) => void): number {
    const { i32 } = this.#buffer;
    const head = load(i32, this.#ring + RingWord.HEAD);
    const from = this.#at;
    while (this.#at !== head) {
      const left = (head - this.#at) | 0;
      if (!this.#takes && this.#overtaken()) continue;
      const count = recordsAt(this.#buffer, this.#word(this.#at));
      if (count > left || count <= 0) break; // torn: only an overtaken reader sees this
      const at = this.#at;
      const event = decodeEvent(this.#buffer, (i) => this.#word(at + i), count, this.#thread);
      if (!this.#takes && this.#overtaken()) continue; // it was overwritten while it was read
      this.#at = (this.#at + count) | 0;
      for (let i = 0; copied !== undefined && i < count; i++) {
        const from = this.#word(at + i) * 4;
        copied(this.#buffer.u8.subarray(from, from + RECORD_BYTES));
      }
      if (event !== undefined) each(event);
    }
    if (this.#takes) store(i32, this.#ring + RingWord.TAIL, this.#at); // after the reading: the writer may use the room from now on
    return (this.#at - from) | 0;
  }

  /** Only for the one that takes: passes on the bytes of all that is new, in one or two parts, without a look at it. */
  takeBytes(each: (bytes: Uint8Array) => void): number {
    const head = load(this.#buffer.i32, this.#ring + RingWord.HEAD);
    const from = this.#at;
    while (this.#at !== head) {
      const word = this.#word(this.#at);
      const count = Math.min((head - this.#at) | 0, this.#capacity - (this.#at & (this.#capacity - 1)));
      each(this.#buffer.u8.subarray(word * 4, word * 4 + count * RECORD_BYTES));
      this.#at = (this.#at + count) | 0;
    }
    store(this.#buffer.i32, this.#ring + RingWord.TAIL, this.#at); // as in `take`
    return (this.#at - from) | 0;
  }

  /** Where a mere onlooker begins: at the first record, as long as that has not been overwritten, since it defines what later ones name. */
  #earliest(): number {
    const head = load(this.#buffer.i32, this.#ring + RingWord.HEAD);
    return head >= 0 && head <= this.#safe ? 0 : head;
  }

  /** The record that is being written is not published: one ring less the largest event. */
  get #safe(): number {
    return this.#capacity - 128;
  }

  /** The writer may be at most one ring ahead of what a mere onlooker reads. */
  #overtaken(): boolean {
    const head = load(this.#buffer.i32, this.#ring + RingWord.HEAD);
    const behind = (head - this.#at) | 0;
    if (behind <= this.#safe) return false;
    this.missed += behind;
    this.#at = head;
    return true;
  }

  #word(at: number): number {
    return this.#ring + RingWord.RECORDS + (at & (this.#capacity - 1)) * RECORD_WORDS;
  }
}
