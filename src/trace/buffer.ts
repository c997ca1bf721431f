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
  RINGS: LINE,
} as const;

/** Word offsets of a ring. HEAD and LOST are its thread's, TAIL is the reader's. All of them only grow, and wrap at 2^32. */
export const RingWord = { HEAD: 0, LOST: 1, TAIL: LINE, RECORDS: 2 * LINE } as const;

export interface TraceSettings {
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
  /** By number of the cell: what its owner calls the task in it. Written by the owner before the cell is pushed, read by its taker. */
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
    const i32 = new Int32Array(shared);
    i32[Header.MAGIC] = MAGIC;
    i32[Header.SLOTS] = slots;
    i32[Header.CAPACITY] = capacity;
    i32[Header.BASE] = settings.base;
    i32[Header.FOLD] = settings.foldNs;
    i32[Header.EXACT] = settings.exact ? 1 : 0;
    i32[Header.ADAPTS] = settings.adapts ? 1 : 0;
    new Float64Array(shared)[Header.ZERO >>> 1] = settings.zero;
    return new TraceBuffer(shared);
  }

  get settings(): TraceSettings {
    const { i32 } = this;
    return {
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

/** What the whole trace calls a thread of a runtime: the main thread is 0 in all of them. */
export const threadOf = (slot: number, base: number): number => (slot === 0 ? 0 : base + slot);
