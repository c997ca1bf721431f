/** A ring of records: one thread writes, one reader takes, any number of readers look on. See README.md, "The ring". */
import { load, store } from "../shared/atomics.ts";
import { RingWord, type TraceBuffer, threadOf } from "./buffer.ts";
import { decodeEvent, type EventName, RECORD_BYTES, RECORD_WORDS, recordsAt, type TraceEvent, writeEvent } from "./events.ts";

const encoder = new TextEncoder();

/** The writing end. Only the ring's own thread may have one. */
export class RingWriter {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly #u8: Uint8Array;
  readonly #ring: number;
  readonly #capacity: number;
  readonly #records: number;
  #head: number;
  /** How far the reader had come when this thread last looked. */
  #tail: number;
  #lost = 0;

  constructor(buffer: TraceBuffer, slot: number) {
    this.i32 = buffer.i32;
    this.f64 = buffer.f64;
    this.#u8 = buffer.u8;
    this.#ring = buffer.ringWord(slot);
    this.#capacity = buffer.settings.capacity;
    this.#records = this.#ring + RingWord.RECORDS;
    this.#head = load(this.i32, this.#ring + RingWord.HEAD); // of a thread that died in this slot
    this.#tail = load(this.i32, this.#ring + RingWord.TAIL);
    this.#lost = load(this.i32, this.#ring + RingWord.LOST);
  }

  get lost(): number {
    return this.#lost;
  }

  /** Records published so far. */
  get written(): number {
    return this.#head >>> 0;
  }

  /** The word at which the next record begins, or -1 when there is no room for `count` of them: they are counted as lost. */
  reserve(count = 1): number {
    if (((this.#head - this.#tail) | 0) + count > this.#capacity && !this.#room(count)) {
      store(this.i32, this.#ring + RingWord.LOST, ++this.#lost);
      return -1;
    }
    return this.#wordOf(this.#head);
  }

  #wordOf(at: number): number {
    return this.#records + (at & (this.#capacity - 1)) * RECORD_WORDS;
  }

  /** Looks again how far the reader has come. */
  #room(count: number): boolean {
    this.#tail = load(this.i32, this.#ring + RingWord.TAIL);
    return ((this.#head - this.#tail) | 0) + count <= this.#capacity;
  }

  /** Makes what was written since `reserve` visible: pairs with the load of HEAD in `RingReader.take`. */
  publish(count = 1): void {
    this.#head = (this.#head + count) | 0;
    store(this.i32, this.#ring + RingWord.HEAD, this.#head);
  }

  /** Writes one event; for paths that are not hot. False when it was lost. */
  write(name: EventName, values: Record<string, number>, text = ""): boolean {
    const bytes = text === "" ? null : encoder.encode(text).subarray(0, 4096);
    const count = 1 + (bytes === null ? 0 : Math.ceil(bytes.length / RECORD_BYTES));
    const word = this.reserve(count);
    if (word < 0) return false;
    if (bytes !== null) {
      values.bytes = bytes.length;
      for (let i = 1; i < count; i++) {
        const part = bytes.subarray((i - 1) * RECORD_BYTES, i * RECORD_BYTES);
        this.#u8.set(part, this.#wordOf(this.#head + i) * 4);
      }
    }
    writeEvent(this.i32, this.f64, word, name, values);
    this.publish(count);
    return true;
  }
}

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
    this.#thread = threadOf(slot, buffer.settings.base);
    this.#at = load(buffer.i32, this.#ring + (takes ? RingWord.TAIL : RingWord.HEAD));
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

  /** The writer may be at most one ring ahead of what a mere onlooker reads. */
  #overtaken(): boolean {
    const head = load(this.#buffer.i32, this.#ring + RingWord.HEAD);
    const behind = (head - this.#at) | 0;
    // The record that is being written is not published: one ring less the largest event.
    const safe = this.#capacity - 128;
    if (behind <= safe) return false;
    this.missed += behind;
    this.#at = head;
    return true;
  }

  #word(at: number): number {
    return this.#ring + RingWord.RECORDS + (at & (this.#capacity - 1)) * RECORD_WORDS;
  }
}
