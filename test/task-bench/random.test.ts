import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sipHash, uniform } from "../../bench/task-bench/core/random.ts";

/** The input of the published vectors: bytes 0, 1, 2, ... */
const input = Uint8Array.from({ length: 64 }, (_, i) => i);
const keyWords = new Int32Array(Uint8Array.from({ length: 16 }, (_, i) => i).buffer);

function hashOfFirst(bytes: number): string {
  const padded = new Uint8Array(64);
  padded.set(input.subarray(0, bytes));
  const [low, high] = sipHash(keyWords, new Int32Array(padded.buffer), bytes);
  return ((BigInt(high) << 32n) | BigInt(low)).toString(16).padStart(16, "0");
}

/** SipHash-2-4 as the paper states it, over BigInt. */
function slowHash(key: readonly [bigint, bigint], message: readonly bigint[]): bigint {
  const mask = (1n << 64n) - 1n;
  const rotate = (x: bigint, bits: bigint): bigint => ((x << bits) | (x >> (64n - bits))) & mask;
  let [a, b, c, d] = [
    key[0] ^ 0x736f6d6570736575n,
    key[1] ^ 0x646f72616e646f6dn,
    key[0] ^ 0x6c7967656e657261n,
    key[1] ^ 0x7465646279746573n,
  ];
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      a = (a + b) & mask;
      b = rotate(b, 13n) ^ a;
      a = rotate(a, 32n);
      c = (c + d) & mask;
      d = rotate(d, 16n) ^ c;
      a = (a + d) & mask;
      d = rotate(d, 21n) ^ a;
      c = (c + b) & mask;
      b = rotate(b, 17n) ^ c;
      c = rotate(c, 32n);
    }
  };
  for (const word of [...message, BigInt(message.length * 8) << 56n]) {
    d ^= word;
    rounds(2);
    a ^= word;
  }
  c ^= 0xffn;
  rounds(4);
  return a ^ b ^ c ^ d;
}

describe("random numbers of Task Bench", () => {
  it("sipHash gives the vectors of its authors", () => {
    assert.equal(hashOfFirst(0), "726fdb47dd0e0e31");
    assert.equal(hashOfFirst(8), "93f5f5799a932462");
    assert.equal(hashOfFirst(15), "a129ca6149be45e5");
    assert.equal(hashOfFirst(16), "3f2acc7f57c29bdb");
  });

  it("uniform is the hash of little-endian 64-bit words, divided by 2 ** 64", () => {
    const key = [0x0807060504030201n, 0x000f0e0d0c0b0a09n] as const;
    for (const values of [[0], [0, 3, 2, 7, 7], [5, 2 ** 33 + 1, -1], [1, 1000, 17]]) {
      const hash = slowHash(key, values.map((value) => BigInt.asUintN(64, BigInt(value)))); // biome-ignore format: one line
      assert.equal(uniform(...values), Number(hash) / 2 ** 64, String(values));
    }
  });

  it("uniform spreads over [0, 1)", () => {
    const values = Array.from({ length: 4000 }, (_, i) => uniform(0, i, 1));
    const mean = values.reduce((sum, it) => sum + it, 0) / values.length;
    assert.ok(values.every((it) => it >= 0 && it < 1));
    assert.ok(Math.abs(mean - 0.5) < 0.03, String(mean));
  });
});
