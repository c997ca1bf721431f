/**
 * SHA-1 of the two short messages that the tree needs, one block each, on 32-bit words: the state of a node is the five
 * words at some index of an Int32Array. Nothing is allocated per node.
 */

const words = new Int32Array(80);

/** Root state: 16 zero bytes, then the seed, big-endian. */
export function rootState(seed: number, target: Int32Array, to: number): void {
  words.fill(0, 0, 4);
  words[4] = seed;
  words[5] = 0x80000000;
  words.fill(0, 6, 15);
  words[15] = 20 * 8;
  compress(target, to);
}

/** State of child number `index`: the parent's 20 bytes, then the index, big-endian. */
export function childState(source: Int32Array, from: number, index: number, target: Int32Array, to: number): void {
  const w = words;
  w[0] = source[from]!;
  w[1] = source[from + 1]!;
  w[2] = source[from + 2]!;
  w[3] = source[from + 3]!;
  w[4] = source[from + 4]!;
  w[5] = index;
  w[6] = 0x80000000;
  for (let i = 7; i < 15; i++) w[i] = 0;
  w[15] = 24 * 8;
  compress(target, to);
}

function compress(target: Int32Array, to: number): void {
  const w = words;
  for (let i = 16; i < 80; i++) {
    const x = w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!;
    w[i] = (x << 1) | (x >>> 31);
  }
  let a = 0x67452301;
  let b = 0xefcdab89 | 0;
  let c = 0x98badcfe | 0;
  let d = 0x10325476;
  let e = 0xc3d2e1f0 | 0;
  let next = 0;
  let i = 0;
  for (; i < 20; i++) {
    next = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + e + 0x5a827999 + w[i]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (; i < 40; i++) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + w[i]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (; i < 60; i++) {
    next = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) + e + (0x8f1bbcdc | 0) + w[i]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (; i < 80; i++) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + (0xca62c1d6 | 0) + w[i]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  target[to] = a + 0x67452301;
  target[to + 1] = b + (0xefcdab89 | 0);
  target[to + 2] = c + (0x98badcfe | 0);
  target[to + 3] = d + 0x10325476;
  target[to + 4] = e + (0xc3d2e1f0 | 0);
}
