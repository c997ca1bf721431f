/**
 * A queue of frames from one thread to one other, in shared memory. See ../README.md, "Rings".
 *
 * A frame is 16 bytes of header (length, kind, when it may be seen) and its payload, rounded up to 16. None goes round the end: what is
 * left there is skipped by a frame of length SKIP. HEAD and TAIL count bytes, wrap at 2^32, and are compared by difference.
 */
import { load, store } from "../../shared/atomics.ts";

const LINE = 16;
export const RingWord = { TAIL: 0, HEAD: LINE, WANTS: 2 * LINE, DATA: 3 * LINE } as const;
const Frame = { LENGTH: 0, KIND: 1, DUE: 1 } as const;
const HEADER = 16;
const SKIP = -1;

/** The bytes that a ring takes; `capacity` is a power of two. */
export const ringBytes = (capacity: number): number => RingWord.DATA * 4 + capacity;

const frameBytes = (length: number): number => HEADER + ((length + 15) & ~15);

/** The longest payload: two frames of it fit, so that one can always be placed once the ring is empty. */
export const longestPayload = (capacity: number): number => capacity / 2 - HEADER;

/** The views of the memory in which rings lie. */
export interface RingMemory {
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
  readonly f64: Float64Array;
}

/** The one thread that writes. */
export class RingWriter {
  readonly #i32: Int32Array;
  readonly #u8: Uint8Array;
  readonly #f64: Float64Array;
  readonly #word: number;
  readonly #capacity: number;
  #tail: number;
  #head: number;

  constructor({ i32, u8, f64 }: RingMemory, word: number, capacity: number) {
    this.#i32 = i32;
    this.#u8 = u8;
    this.#f64 = f64;
    this.#word = word;
    this.#capacity = capacity;
    this.#tail = load(i32, word + RingWord.TAIL);
    this.#head = load(i32, word + RingWord.HEAD);
  }

  /** False: there is no room; when there is, the reader is told to ring (`RingReader.pop`). */
  push(kind: number, due: number, payload: Uint8Array): boolean {
    const tail = this.#tail;
    const offset = tail & (this.#capacity - 1);
    const need = frameBytes(payload.length);
    const toEnd = this.#capacity - offset;
    const skip = need > toEnd ? toEnd : 0;
    if (!this.#hasRoom(skip + need)) return false;
    const data = this.#word + RingWord.DATA;
    // Plain accesses: nobody reads beyond TAIL, whose store below publishes them.
    if (skip > 0) this.#i32[data + (offset >> 2) + Frame.LENGTH] = SKIP;
    const at = skip > 0 ? 0 : offset;
    const frame = data + (at >> 2);
    this.#i32[frame + Frame.LENGTH] = payload.length;
    this.#i32[frame + Frame.KIND] = kind;
    this.#f64[(frame >> 1) + Frame.DUE] = due;
    this.#u8.set(payload, frame * 4 + HEADER);
    this.#tail = (tail + skip + need) | 0;
    store(this.#i32, this.#word + RingWord.TAIL, this.#tail);
    return true;
  }

  #hasRoom(bytes: number): boolean {
    if (this.#free() >= bytes) return true;
    this.#head = load(this.#i32, this.#word + RingWord.HEAD);
    if (this.#free() >= bytes) return true;
    store(this.#i32, this.#word + RingWord.WANTS, 1);
    this.#head = load(this.#i32, this.#word + RingWord.HEAD);
    return this.#free() >= bytes;
  }

  #free(): number {
    return this.#capacity - ((this.#tail - this.#head) | 0);
  }
}

/** The one thread that reads. */
export class RingReader {
  readonly #i32: Int32Array;
  readonly #u8: Uint8Array;
  readonly #f64: Float64Array;
  readonly #word: number;
  readonly #capacity: number;
  #head: number;
  #tail: number;
  #frame = 0;

  constructor({ i32, u8, f64 }: RingMemory, word: number, capacity: number) {
    this.#i32 = i32;
    this.#u8 = u8;
    this.#f64 = f64;
    this.#word = word;
    this.#capacity = capacity;
    this.#head = load(i32, word + RingWord.HEAD);
    this.#tail = this.#head;
  }

  /** Whether there is a frame. The getters below describe it, until `pop`. */
  next(): boolean {
    if (this.#head === this.#tail) {
      this.#tail = load(this.#i32, this.#word + RingWord.TAIL);
      if (this.#head === this.#tail) return false;
    }
    this.#frame = this.#frameAt(this.#head);
    if (this.#i32[this.#frame + Frame.LENGTH] === SKIP) {
      const toEnd = this.#capacity - (this.#head & (this.#capacity - 1));
      this.#head = (this.#head + toEnd) | 0; // published with the frame that follows, by `pop`
      this.#frame = this.#frameAt(this.#head);
    }
    return true;
  }

  get kind(): number {
    return this.#i32[this.#frame + Frame.KIND]!;
  }

  get due(): number {
    return this.#f64[(this.#frame >> 1) + Frame.DUE]!;
  }

  /** A view, valid until `pop`. */
  payload(): Uint8Array {
    const start = this.#frame * 4 + HEADER;
    return this.#u8.subarray(start, start + this.#i32[this.#frame + Frame.LENGTH]!);
  }

  /** Gives the frame's room back. True: the writer waits for room, and is to be woken. */
  pop(): boolean {
    this.#head = (this.#head + frameBytes(this.#i32[this.#frame + Frame.LENGTH]!)) | 0;
    store(this.#i32, this.#word + RingWord.HEAD, this.#head);
    if (load(this.#i32, this.#word + RingWord.WANTS) === 0) return false;
    store(this.#i32, this.#word + RingWord.WANTS, 0);
    return true;
  }

  #frameAt(position: number): number {
    return this.#word + RingWord.DATA + ((position & (this.#capacity - 1)) >> 2);
  }
}
