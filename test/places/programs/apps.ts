/** The examples over places, at small size. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { greedyBalance, place, refineBalance, shared, world } from "heddle";
import * as particles from "../../../examples/places/particles.ts";
import { bandwidth, pingPong } from "../../../examples/places/ping-pong.ts";
import { Stream, valueAt } from "../../../examples/places/random-access/stream.ts";
import { randomAccess } from "../../../examples/places/random-access.ts";
import { isSorted, sortOverPlaces } from "../../../examples/places/sample-sort.ts";
import * as uts from "../../../examples/places/uts.ts";
import { countOverPlaces, countWords, filesUnder, merge } from "../../../examples/places/word-count.ts";
import { distributions, fillRandom } from "../../../examples/sample-sort/keys.ts";
import { sequential as countTree } from "../../../examples/uts/explore.ts";
import { Kind, Shape, type Tree, treeOf } from "../../../examples/uts/tree.ts";
import { type Cases, check } from "./check.ts";

const trees: readonly Tree[] = [
  treeOf({ shape: Shape.fixed, depth: 6, seed: 19 }), // T1 and T3, but smaller
  treeOf({ kind: Kind.binomial, branching: 100, q: 0.12, m: 8, seed: 42 }),
];

const cases: Cases = {
  async "UTS: the counts of the plain program"() {
    for (const tree of trees) {
      const { visited, seconds, ...counts } = await uts.search(tree, 64);
      assert.deepEqual(counts, countTree(tree));
      assert.equal(visited.length, world.size);
      assert.ok(seconds > 0);
    }
  },

  async "sample sort: in order over all places, and the same keys"({ place, places }) {
    for (const [i, kind] of distributions.entries()) {
      const keys = shared.bigUint64(5000 + 1000 * ((place + i) % places));
      await fillRandom(keys, place, kind);
      const sorted = await sortOverPlaces(keys);
      assert.equal(await isSorted(sorted, keys), true, kind);
      const [all, given] = await Promise.all([world.gather(plain(sorted)), world.gather(plain(keys))]);
      if (place === 0) assert.deepEqual(all.flat(), given.flat().sort(ascending));
      if (place === 0) sorted[0]! ^= 1n;
      assert.equal(await isSorted(sorted, keys), false);
      shared.free(keys);
      shared.free(sorted);
    }
  },

  async "sample sort: places without keys"() {
    const keys = shared.bigUint64(place() === 0 ? 3 : 0);
    keys.fill(7n);
    const sorted = await sortOverPlaces(keys);
    assert.equal(await isSorted(sorted, keys), true);
    shared.free(keys);
    shared.free(sorted);
  },

  async "particles: all end where they would without cells, however cells move"({ place, places }) {
    if (place === 0) {
      const box = { particles: 1000, cells: 5, steps: 9 };
      for (const [every, policy] of [
        [0, undefined],
        [2, greedyBalance],
        [3, refineBalance],
      ] as const) {
        const { count, bits, looks } = await particles.simulate(box, every, policy);
        assert.deepEqual({ count, bits }, particles.sequential(box));
        assert.equal(looks.length, every === 0 ? 0 : Math.floor(box.steps / every));
        for (const { before, after } of looks) assert.ok(after <= before + 0.01, `${before} -> ${after}`);
        if (places > 1 && every > 0) assert.ok(looks.some(({ moved }) => moved > 0));
      }
    }
    await world.barrier();
  },

  async "RandomAccess: no element is wrong"({ place }) {
    if (place === 0) {
      const stream = new Stream(0);
      for (let i = 1; i < 300; i++) {
        stream.next();
        assert.equal(valueAt(i), (BigInt(stream.high) << 32n) | BigInt(stream.low));
      }
    }
    const { updates, errors } = await randomAccess(12, 4, 100);
    assert.deepEqual([updates, errors], [4 * 2 ** 12, 0]);
  },

  async "word count: each word at one place, counted as by the plain program"() {
    const paths = await filesUnder(fileURLToPath(new URL("../../../docs/decisions", import.meta.url)), [".md"]);
    assert.ok(paths.length > 5);
    const counts = await countOverPlaces(paths);
    const all = (await world.allGather(counts)).flatMap((it) => [...it]);
    const expected = paths.map((path) => countWords(readFileSync(path, "utf8"))).reduce(merge);
    assert.equal(all.length, expected.size);
    assert.deepEqual(new Map(all), expected);
  },

  async "ping-pong: everything comes back"({ next }) {
    assert.deepEqual(
      (await pingPong(next, 20)).map(({ name, median, best }) => [name, median >= best]),
      ["remote spawn", "put, 8 bytes", "get, 8 bytes", "fetch and add"].map((name) => [name, true]),
    );
    assert.deepEqual(
      (await bandwidth(next, 1 << 16)).map(({ bytes }) => bytes),
      [1 << 10, 1 << 12, 1 << 14, 1 << 16],
    );
    await world.barrier();
  },
};

const plain = (keys: BigUint64Array): bigint[] => [...keys];
const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  await check(cases, place, places, args[0]);
}
