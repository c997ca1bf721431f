/** A ring of records: one thread writes, one reader takes, any number of readers look on. See README.md, "The ring". */
import { load, store } from "../shared/atomics.ts";
import { RingWord, type TraceBuffer } from "./buffer.ts";
import { type EventName, RECORD_BYTES, RECORD_WORDS, writeEvent } from "./events.ts";

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
