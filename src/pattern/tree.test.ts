import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { blockCount, blockSize, Nodes } from "./tree.ts";

const combine = (...[left, right]: unknown[]): string => `(${left}${right})`;

function listOf(lo: number, hi: number): Nodes {
  const nodes = new Nodes(lo, combine);
  for (let block = lo; block < hi; block++) nodes.add(0, `${block}.`);
  return nodes;
}

/** The documented shape, by recursion: the largest power of two of blocks on the left, the rest on the right. */
function shape(lo: number, hi: number): string {
  if (hi - lo === 1) return `${lo}.`;
  let left = 1;
  while (left * 2 < hi - lo) left *= 2;
  return combine(shape(lo, lo + left), shape(lo + left, hi));
}

it("blocks are a matter of the number of elements alone, at most 1024", () => {
  for (const n of [0, 1, 2, 1023, 1024, 1025, 2048, 2049, 10_000_000, 2 ** 40]) {
    assert.ok(blockCount(n) <= 1024);
    assert.ok(blockCount(n) * blockSize(n) >= n);
    assert.equal(blockCount(n), Math.ceil(n / blockSize(n)));
  }
});

it("the value has the same shape however the blocks are divided", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.array(fc.integer({ min: 1, max: 199 }), { maxLength: 12 }), (n, cuts) => {
      const bounds = [0, ...new Set(cuts.filter((cut) => cut < n)), n].toSorted((a, b) => a - b);
      const all = new Nodes(0, combine);
      for (let i = 1; i < bounds.length; i++) all.addAll(structuredClone(listOf(bounds[i - 1]!, bounds[i]!).list()));
      assert.equal(all.value(), shape(0, n));
    }),
  );
});

it("parts of parts are put together from the right as well", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 200 }),
      fc.integer({ min: 1, max: 198 }),
      fc.integer({ min: 1, max: 198 }),
      (n, a, b) => {
        const [low, high] = [Math.min(a, b, n - 2), Math.min(Math.max(a, b) + 1, n - 1)];
        const upper = listOf(low, high);
        upper.addAll(listOf(high, n).list());
        const all = listOf(0, low);
        all.addAll(upper.list());
        assert.equal(all.value(), shape(0, n));
      },
    ),
  );
});
