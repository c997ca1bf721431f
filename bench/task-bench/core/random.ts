/**
 * The pseudo-random numbers of Task Bench: SipHash-2-4 (Aumasson and Bernstein, 2012) of a few integers, each a little-endian
 * 64-bit word. Two 32-bit halves instead of one BigInt, since a kernel asks for such a number in every task.
 */

/** The eight halves of the state, low half first: v0, v1, v2, v3. */
const v = new Int32Array(8);

/** The 16 bytes of the key that Task Bench uses: 1, 2, ..., 15, 0. */
const KEY = Int32Array.of(0x0403_0201, 0x0807_0605, 0x0c0b_0a09, 0x000f_0e0d);

/** The hash of the words, each given as its low and its high half; its two halves, unsigned. */
export function sipHash(
  key: Int32Array,
  halves: ArrayLike<number>,
  bytes: number = halves.length * 4,
): [low: number, high: number] {
  v[0] = key[0]! ^ 0x7073_6575;
  v[1] = key[1]! ^ 0x736f_6d65;
  v[2] = key[2]! ^ 0x6e64_6f6d;
  v[3] = key[3]! ^ 0x646f_7261;
  v[4] = key[0]! ^ 0x6e65_7261;
  v[5] = key[1]! ^ 0x6c79_6765;
  v[6] = key[2]! ^ 0x7974_6573;
  v[7] = key[3]! ^ 0x7465_6462;
  const whole = (bytes >>> 3) * 2;
  for (let i = 0; i < whole; i += 2) compress(halves[i]!, halves[i + 1]!);
  compress((halves[whole] ?? 0) | 0, (halves[whole + 1] ?? 0) | (bytes << 24));
  v[4] = v[4]! ^ 0xff;
  for (let i = 0; i < 4; i++) round();
  return [(v[0]! ^ v[2]! ^ v[4]! ^ v[6]!) >>> 0, (v[1]! ^ v[3]! ^ v[5]! ^ v[7]!) >>> 0];
}

function compress(low: number, high: number): void {
  v[6] = v[6]! ^ low;
  v[7] = v[7]! ^ high;
  round();
  round();
  v[0] = v[0]! ^ low;
  v[1] = v[1]! ^ high;
}

function round(): void {
  add(0, 2);
  rotate(2, 13);
  mix(2, 0);
  swap(0);
  add(4, 6);
  rotate(6, 16);
  mix(6, 4);
  add(0, 6);
  rotate(6, 21);
  mix(6, 0);
  add(4, 2);
  rotate(2, 17);
  mix(2, 4);
  swap(4);
}

function add(to: number, from: number): void {
  const low = (v[to]! >>> 0) + (v[from]! >>> 0);
  v[to] = low;
  v[to + 1] = v[to + 1]! + v[from + 1]! + (low > 0xffff_ffff ? 1 : 0);
}

function rotate(at: number, bits: number): void {
  const low = v[at]!;
  const high = v[at + 1]!;
  v[at] = (low << bits) | (high >>> (32 - bits));
  v[at + 1] = (high << bits) | (low >>> (32 - bits));
}

function mix(to: number, from: number): void {
  v[to] = v[to]! ^ v[from]!;
  v[to + 1] = v[to + 1]! ^ v[from + 1]!;
}

function swap(at: number): void {
  const low = v[at]!;
  v[at] = v[at + 1]!;
  v[at + 1] = low;
}

/** A number in [0, 1) that depends on these safe integers only. */
export function uniform(...values: number[]): number {
  const halves: number[] = [];
  for (const value of values) halves.push(value | 0, Math.floor(value / 2 ** 32) | 0);
  const [low, high] = sipHash(KEY, halves);
  return (high * 2 ** 32 + low) / 2 ** 64;
}
