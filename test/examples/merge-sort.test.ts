import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { shared } from "heddle";
import { fillRandom, isSorted, parallel, sequential } from "../../examples/merge-sort.ts";

test("short lists of any numbers come out as the built-in sort orders them", () => {
  fc.assert(
    fc.property(fc.float64Array({ noNaN: true, maxLength: 300 }), (numbers) => {
      const expected = numbers.slice().sort();
      assert.deepEqual(
        [...sequential(numbers.slice())].map((x) => x + 0),
        [...expected].map((x) => x + 0),
      );
    }),
  );
});

test("long arrays on the heap: the tasks give what the built-in sort gives", async () => {
  for (const [length, seed] of [
    [0, 1],
    [1, 1],
    [16_385, 2],
    [200_003, 3],
  ] as const) {
    const data = fillRandom(shared.float64(length), seed);
    const expected = Float64Array.from(data).sort();
    await parallel(data);
    assert.deepEqual(Float64Array.from(data), expected, `${length} numbers`);
    shared.free(data);
  }
});

test("many equal numbers do not upset the division of a merge", async () => {
  const data = shared.float64(150_000);
  for (let i = 0; i < data.length; i++) data[i] = i % 3;
  await parallel(data);
  assert.ok(isSorted(data));
  assert.equal(data.indexOf(1), 50_000);
  assert.equal(data.indexOf(2), 100_000);
  shared.free(data);
});
