/**
 * The shared memory of a trace: a header, then for each thread of a runtime a ring of records and a table of the cells that it has out.
 * See README.md, "Words in memory".
 */
import { CELLS_PER_SLOT } from "../shared/layout.ts";
import { RECORD_WORDS } from "./events.ts";

const LINE = 16;
const MAGIC = 0x48_54_52_43;

/** Word indices of the header. */
export const Header = {
  MAGIC: 0,
  SLOTS: 1,
  /** Records in a ring, a power of two. */
  CAPACITY: 2,
  /** Added to a slot that is not 0: where the threads of this runtime begin among all of the trace. */
  BASE: 3,
  /** Subtrees of tasks shorter than this (ns) are folded; 0: none. */
  FOLD: 4,
  /** 1: the clock is read at every event. */
  EXACT: 5,
  /** float64: the moment 0 of the trace, in ns of the system's monotonic clock. */
  ZERO: 6,
  /** 1: what is folded grows with the number of records. */
  ADAPTS: 8,
  /** Whose threads these are. */
  PLACE: 9,
  RINGS: LINE,
} as const;

/** Word offsets of a ring. HEAD and LOST are its thread's, TAIL is the reader's. All of them only grow, and wrap at 2^32. */
export const RingWord = { HEAD: 0, LOST: 1, TAIL: LINE, RECORDS: 2 * LINE } as const;

export interface TraceSettings {
  readonly place: number;
  readonly slots: number;
  readonly capacity: number;
  readonly base: number;
  readonly foldNs: number;
  readonly adapts: boolean;
  readonly exact: boolean;
  readonly zero: number;
}

/** The views of a trace's memory, and where things lie in it. */
export class TraceBuffer {
  readonly shared: SharedArrayBuffer;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly u8: Uint8Array;
  /** By slot and number of the cell: what its owner calls the task in it. Written by the owner before the cell is pushed, read by its taker. */
  readonly cells: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.i32 = new Int32Array(shared);
    this.f64 = new Float64Array(shared);
    this.u8 = new Uint8Array(shared);
    if (this.i32[Header.MAGIC] !== MAGIC) throw new TypeError("this is not the memory of a trace");
    const from = this.ringWord(this.i32[Header.SLOTS]!);
    this.cells = this.i32.subarray(from, from + this.i32[Header.SLOTS]! * CELLS_PER_SLOT);
  }

  static make(settings: TraceSettings): TraceBuffer {
    const { slots, capacity } = settings;
    const shared = new SharedArrayBuffer((Header.RINGS + slots * (ringWords(capacity) + CELLS_PER_SLOT)) * 4);
    TraceBuffer.format(new Int32Array(shared), settings);
    return new TraceBuffer(shared);
  }

  /** Writes the header into memory that is all zero. */
  static format(i32: Int32Array, { place, slots, capacity, base, foldNs, adapts, exact, zero }: TraceSettings): void {
    i32[Header.MAGIC] = MAGIC;
    i32[Header.PLACE] = place;
    i32[Header.SLOTS] = slots;
    i32[Header.CAPACITY] = capacity;
    i32[Header.BASE] = base;
    i32[Header.FOLD] = foldNs;
    i32[Header.EXACT] = exact ? 1 : 0;
    i32[Header.ADAPTS] = adapts ? 1 : 0;
    new Float64Array(i32.buffer)[Header.ZERO >>> 1] = zero;
  }

  get settings(): TraceSettings {
    const { i32 } = this;
    return {
      place: i32[Header.PLACE]!,
      slots: i32[Header.SLOTS]!,
      capacity: i32[Header.CAPACITY]!,
      base: i32[Header.BASE]!,
      foldNs: i32[Header.FOLD]!,
      exact: i32[Header.EXACT] !== 0,
      adapts: i32[Header.ADAPTS] !== 0,
      zero: this.f64[Header.ZERO >>> 1]!,
    };
  }

  ringWord(slot: number): number {
    return Header.RINGS + slot * ringWords(this.i32[Header.CAPACITY]!);
  }
}

export const ringWords = (capacity: number): number => RingWord.RECORDS + capacity * RECORD_WORDS;

/** So many threads a place has at most, in all its runtimes. */
export const PLACE_THREADS = 4096;

/** What the whole trace calls a thread of a runtime: the main thread of a place is the same in all its runtimes. */
export const threadOf = (slot: number, { base, place }: Pick<TraceSettings, "base" | "place">): number =>
  place * PLACE_THREADS + (slot === 0 ? 0 : base + slot);

export const placeOfThread = (thread: number): number => Math.floor(thread / PLACE_THREADS);
/** 0 for the place's main thread, else the worker's number in its place. */
export const threadInPlace = (thread: number): number => thread % PLACE_THREADS;
export const isMainThread = (thread: number): boolean => threadInPlace(thread) === 0;
