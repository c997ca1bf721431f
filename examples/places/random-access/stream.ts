/**
 * HPCC's pseudo-random sequence: each value is the one before, shifted by a bit, as a polynomial over GF(2). Values are two words, the low one first, since a
 * `bigint` is an object.
 */

const POLYNOMIAL = 7n;
const PERIOD = 1_317_624_576_693_539_401n;
const MASK = (1n << 64n) - 1n;

const shifted = (x: bigint): bigint => ((x << 1n) & MASK) ^ (x >> 63n === 1n ? POLYNOMIAL : 0n);

/** Value number `n` of the sequence, without those before it. */
export function valueAt(n: number): bigint {
  const at = BigInt(n) % PERIOD;
  if (at === 0n) return 1n;
  const squares: bigint[] = []; // what bit i of a value becomes after as many steps again
  for (let i = 0, x = 1n; i < 64; i++, x = shifted(shifted(x))) squares.push(x);
  let value = 2n;
  for (let bit = BigInt(at.toString(2).length - 2); bit >= 0n; bit--) {
    let twice = 0n;
    for (let i = 0; i < 64; i++) if ((value >> BigInt(i)) & 1n) twice ^= squares[i]!;
    value = (at >> bit) & 1n ? shifted(twice) : twice;
  }
  return value;
}

export class Stream {
  low: number;
  high: number;

  /** The next value is number `first + 1`. */
  constructor(first: number) {
    const value = valueAt(first);
    this.low = Number(value & 0xffff_ffffn);
    this.high = Number(value >> 32n);
  }

  next(): void {
    const { low, high } = this;
    this.high = ((high << 1) | (low >>> 31)) >>> 0;
    this.low = ((low << 1) ^ (high >>> 31 === 1 ? 7 : 0)) >>> 0;
  }
}
