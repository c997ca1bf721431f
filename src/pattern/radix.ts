/** Sorts short typed arrays of 4 and 8 byte elements by their bits: least significant digit first, 11 bits at a time. */
import { ArrayKind, kindOf } from "../shared/array-kinds.ts";

const BITS = 11;
const MASK = (1 << BITS) - 1;
const TOP = 0x8000_0000 | 0;

/** How the bits of a kind become numbers without sign that are in the same order. */
interface Digits {
  readonly wide: boolean;
  /** -1 for floating-point kinds, in which all bits of negative numbers are flipped. */
  readonly flip: number;
  /** The bits that are flipped in any case. */
  readonly top: number;
}

const DIGITS = new Map<number, Digits>([
  [ArrayKind.INT32, { wide: false, flip: 0, top: TOP }],
  [ArrayKind.UINT32, { wide: false, flip: 0, top: 0 }],
  [ArrayKind.FLOAT32, { wide: false, flip: -1, top: TOP }],
  [ArrayKind.FLOAT64, { wide: true, flip: -1, top: TOP }],
  [ArrayKind.BIG_INT64, { wide: true, flip: 0, top: TOP }],
  [ArrayKind.BIG_UINT64, { wide: true, flip: 0, top: 0 }],
]);

export const hasDigits = (array: unknown): boolean => DIGITS.has(kindOf(array));

type Pass = (from: Uint32Array, to: Uint32Array, n: number, next: Int32Array) => void;

const COUNTS = Array.from({ length: 6 }, () => new Int32Array(MASK + 1));

/** Sorts `data` into `to`, which is `data` or `other`; both are used. NaN comes last, -0 before 0. */
export function radixSort(data: ArrayBufferView, other: ArrayBufferView, to: ArrayBufferView): void {
  const { wide, flip, top } = DIGITS.get(kindOf(data))!;
  const words = (view: ArrayBufferView): Uint32Array => new Uint32Array(view.buffer, view.byteOffset, view.byteLength >>> 2);
  const passes = wide ? WIDE : NARROW;
  let from = words(data);
  let next = words(other);
  const n = wide ? from.length >>> 1 : from.length;
  for (const counts of COUNTS) counts.fill(0);
  if (wide) countWide(from, n, flip, top);
  else countNarrow(from, n, flip, top);
  passes.forEach((pass, digit) => {
    const counts = COUNTS[digit]!;
    if (!toPositions(counts, n)) return;
    pass(from, next, n, counts);
    [from, next] = [next, from];
  });
  const target = words(to);
  if (wide) restoreWide(from, target, n, flip, top);
  else restoreNarrow(from, target, n, flip, top);
}

/** From how often each digit occurs to where its first element goes. False if all elements have the same one. */
function toPositions(counts: Int32Array, n: number): boolean {
  let sum = 0;
  for (let digit = 0; digit <= MASK; digit++) {
    const count = counts[digit]!;
    if (count === n) return false;
    counts[digit] = sum;
    sum += count;
  }
  return true;
}

function countWide(words: Uint32Array, n: number, flip: number, top: number): void {
  const [c0, c1, c2, c3, c4, c5] = COUNTS as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
  for (let i = 0; i < n; i++) {
    let low = words[2 * i]! | 0;
    let high = words[2 * i + 1]! | 0;
    if (flip !== 0 && (high & 0x7ff0_0000) === 0x7ff0_0000 && ((high & 0xf_ffff) !== 0 || low !== 0)) {
      low = 0;
      high = 0x7ff8_0000;
    }
    const mask = (high >> 31) & flip;
    low ^= mask;
    high ^= mask | top;
    words[2 * i] = low;
    words[2 * i + 1] = high;
    c0[low & MASK]!++;
    c1[(low >>> 11) & MASK]!++;
    c2[((low >>> 22) | (high << 10)) & MASK]!++;
    c3[(high >>> 1) & MASK]!++;
    c4[(high >>> 12) & MASK]!++;
    c5[high >>> 23]!++;
  }
}

function restoreWide(from: Uint32Array, to: Uint32Array, n: number, flip: number, top: number): void {
  for (let i = 0; i < n; i++) {
    const high = from[2 * i + 1]! | 0;
    const mask = (~high >> 31) & flip;
    to[2 * i] = from[2 * i]! ^ mask;
    to[2 * i + 1] = high ^ (mask | top);
  }
}

function countNarrow(words: Uint32Array, n: number, flip: number, top: number): void {
  const [c0, c1, c2] = COUNTS as [Int32Array, Int32Array, Int32Array];
  for (let i = 0; i < n; i++) {
    let word = words[i]! | 0;
    if (flip !== 0 && (word & 0x7fff_ffff) > 0x7f80_0000) word = 0x7fc0_0000;
    word ^= ((word >> 31) & flip) | top;
    words[i] = word;
    c0[word & MASK]!++;
    c1[(word >>> 11) & MASK]!++;
    c2[word >>> 22]!++;
  }
}

function restoreNarrow(from: Uint32Array, to: Uint32Array, n: number, flip: number, top: number): void {
  for (let i = 0; i < n; i++) {
    const word = from[i]! | 0;
    to[i] = word ^ (((~word >> 31) & flip) | top);
  }
}

/** One function for each digit, since the digit is what its loop spends its time on. */
const WIDE: Pass[] = [
  (from, to, n, next) => {
    for (let i = 0; i < n; i++) {
      const low = from[2 * i]!;
      move(to, next[low & MASK]!++, low, from[2 * i + 1]!);
    }
  },
  (from, to, n, next) => {
    for (let i = 0; i < n; i++) {
      const low = from[2 * i]!;
      move(to, next[(low >>> 11) & MASK]!++, low, from[2 * i + 1]!);
    }
  },
  (from, to, n, next) => {
    for (let i = 0; i < n; i++) {
      const low = from[2 * i]!;
      const high = from[2 * i + 1]!;
      move(to, next[((low >>> 22) | (high << 10)) & MASK]!++, low, high);
    }
  },
  (from, to, n, next) => {
    for (let i = 0; i < n; i++) {
      const high = from[2 * i + 1]!;
      move(to, next[(high >>> 1) & MASK]!++, from[2 * i]!, high);
    }
  },
  (from, to, n, next) => {
    for (let i = 0; i < n; i++) {
      const high = from[2 * i + 1]!;
      move(to, next[(high >>> 12) & MASK]!++, from[2 * i]!, high);
    }
  },
  (from, to, n, next) => {
    for (let i = 0; i < n; i++) {
      const high = from[2 * i + 1]!;
      move(to, next[high >>> 23]!++, from[2 * i]!, high);
    }
  },
];

function move(to: Uint32Array, position: number, low: number, high: number): void {
  to[2 * position] = low;
  to[2 * position + 1] = high;
}

const NARROW: Pass[] = [
  (from, to, n, next) => {
    for (let i = 0; i < n; i++) {
      const word = from[i]!;
      to[next[word & MASK]!++] = word;
    }
  },
  (from, to, n, next) => {
    for (let i = 0; i < n; i++) {
      const word = from[i]!;
      to[next[(word >>> 11) & MASK]!++] = word;
    }
  },
  (from, to, n, next) => {
    for (let i = 0; i < n; i++) {
      const word = from[i]!;
      to[next[word >>> 22]!++] = word;
    }
  },
];
