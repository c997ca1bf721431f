import assert from "node:assert/strict";
import { test } from "node:test";
import { shared } from "heddle";
import { checkKeys, distributions, fillRandom } from "../../examples/sample-sort/keys.ts";
import { bucketOf, fillTable, numberOf, tableLength } from "../../examples/sample-sort/splitters.ts";
import { parallel, sequential } from "../../examples/sample-sort.ts";

for (const kind of distributions) {
  test(`${kind} keys: sorted as by the engine, and the check agrees`, async () => {
    using region = shared.region();
    for (const n of [0, 1, 2, 1000, 65_537, 300_000]) {
      const keys = region.bigUint64(n);
      const sorted = region.bigUint64(n);
      await fillRandom(keys, 3, kind);
      const before = await checkKeys(keys);
      await parallel(keys, sorted);
      assert.deepEqual(BigUint64Array.from(sorted), sequential(BigUint64Array.from(keys)), `${n} keys`);
      assert.deepEqual(await checkKeys(sorted), { descents: 0, sum: before.sum });
    }
  });
}

test("the check notices one descent and one other key", async () => {
  using region = shared.region();
  const keys = region.bigUint64(200_000);
  await fillRandom(keys, 1, "sorted");
  const { sum } = await checkKeys(keys);
  keys[65_536]! -= 2n;
  const { descents, sum: other } = await checkKeys(keys);
  assert.equal(descents, 1);
  assert.notEqual(other, sum);
});

test("buckets: as many splitters lie at or below a key as its number", () => {
  const numbers = [0, 5, 5, 2 ** 32, 3 * 2 ** 52, 3 * 2 ** 52 + 2 ** 40, 3 * 2 ** 52 + 2 ** 41, 2 ** 63];
  for (const splitters of [numbers, Array.from({ length: 100 }, (_, i) => i * 1000), []].map((it) => Float64Array.from(it))) {
    const table = new Int32Array(tableLength);
    fillTable(splitters, table);
    for (const key of [
      0n,
      4n,
      5n,
      6n,
      50_500n,
      99_000n,
      1n << 32n,
      (3n << 52n) + (1n << 40n),
      (1n << 63n) - 1n,
      (1n << 64n) - 1n,
    ]) {
      const [low, high] = [Number(key & 0xffff_ffffn), Number(key >> 32n)];
      const expected = splitters.filter((splitter) => splitter <= numberOf(low, high)).length;
      assert.equal(bucketOf(low, high, splitters, table), expected, `${key} among ${splitters.length}`);
    }
  }
});
