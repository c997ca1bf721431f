import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Frontier, rootOf } from "../../examples/uts/explore.ts";
import { childState, rootState } from "../../examples/uts/sha1.ts";
import { childCount, Kind, Shape, treeOf } from "../../examples/uts/tree.ts";
import * as uts from "../../examples/uts.ts";

function sha1(...parts: Buffer[]): number[] {
  const digest = createHash("sha1").update(Buffer.concat(parts)).digest();
  return [0, 4, 8, 12, 16].map((at) => digest.readInt32BE(at));
}

function bigEndian(words: Iterable<number>): Buffer {
  const buffer = Buffer.alloc(4 * [...words].length);
  [...words].forEach((word, index) => void buffer.writeInt32BE(word, 4 * index));
  return buffer;
}

test("states are SHA-1 digests, as node:crypto computes them", () => {
  const states = new Int32Array(12);
  for (const seed of [0, 19, 2_147_483_647, -5]) {
    rootState(seed, states, 1);
    assert.deepEqual([...states.subarray(1, 6)], sha1(Buffer.alloc(16), bigEndian([seed])));
    for (const index of [0, 1, 99, 1999]) {
      childState(states, 1, index, states, 7);
      const parent = bigEndian(states.subarray(1, 6));
      assert.deepEqual([...states.subarray(7, 12)], sha1(parent, bigEndian([index])), `seed ${seed}, child ${index}`);
    }
  }
});

test("trees have the published counts", async (t) => {
  for (const [name, { tree, nodes, depth, leaves }] of Object.entries(uts.publishedTrees)) {
    if (nodes > 10_000_000) continue; // a minute each: `-T T1L` checks them
    await t.test(name, async () => {
      const { visited, ...counts } = await uts.parallel(tree);
      assert.deepEqual(counts, { nodes, depth, leaves });
      assert.equal(
        visited.reduce((sum, each) => sum + each, 0),
        nodes,
      );
    });
  }
});

test("small trees of every kind and shape: tasks count what the plain program counts", async () => {
  const small = [
    treeOf({ kind: Kind.binomial, branching: 200, q: 0.12, m: 8, seed: 3 }),
    treeOf({ shape: Shape.linear, seed: 7 }),
    treeOf({ shape: Shape.exponential, depth: 5, seed: 7 }),
    treeOf({ shape: Shape.cyclic, depth: 4, branching: 3, seed: 2 }),
    treeOf({ shape: Shape.fixed, depth: 5, seed: 7, granularity: 3 }),
    treeOf({ kind: Kind.hybrid, depth: 6, seed: 7 }),
    treeOf({ kind: Kind.balanced, depth: 6, branching: 3 }),
  ];
  for (const tree of small) {
    const { visited: _, ...counts } = await uts.parallel(tree);
    assert.deepEqual(counts, uts.sequential(tree), JSON.stringify(tree));
  }
});

test("a balanced tree is complete", () => {
  const counts = uts.sequential(treeOf({ kind: Kind.balanced, depth: 5, branching: 3 }));
  assert.deepEqual(counts, { nodes: (3 ** 6 - 1) / 2, leaves: 3 ** 5, depth: 5 });
});

test("only the root of a binomial tree has more than 100 children", () => {
  const certain = treeOf({ kind: Kind.binomial, branching: 2000.7, q: 1, m: 8 });
  assert.equal(childCount(certain, 0, 5), 2000);
  assert.equal(childCount(certain, 1, 5), 8);
  assert.equal(childCount(treeOf({ branching: 1e6 }), 0, 0x7fffffff), 100);
});

test("a frontier that gives half of its nodes away loses none", () => {
  const { tree, nodes } = { tree: treeOf({ shape: Shape.fixed, depth: 7, seed: 19 }), nodes: 0 };
  const open = [new Frontier(tree, rootOf(tree))];
  let total = nodes;
  for (let frontier = open.pop(); frontier; frontier = open.pop()) {
    while (frontier.size > 0) {
      frontier.visit(10);
      if (frontier.size > 1) open.push(new Frontier(tree, frontier.takeOldest(frontier.size >> 1)));
    }
    total += frontier.counts.nodes;
  }
  assert.equal(total, uts.sequential(tree).nodes);
});
