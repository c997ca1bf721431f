import assert from "node:assert/strict";
import { map, reduce, shared } from "heddle";
import { errorOf } from "../conformance/case.ts";
import { add, failAt, nested, square } from "./bodies.ts";
import { onWorkers } from "./on-workers.ts";

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => Math.sin(i) * 1e3 ** (i % 5));

/** What the documented shape gives, computed plainly. */
function expectedSum(values: readonly number[]): number {
  const size = Math.max(1, Math.ceil(values.length / 1024));
  let level: number[] = [];
  for (let at = 0; at < values.length; at += size) level.push(values.slice(at, at + size).reduce((a, b) => a + b, 0));
  const rest: number[] = [];
  for (; level.length > 0; level = pairs(level)) if (level.length % 2 === 1) rest.push(level.pop()!);
  return rest.length === 0 ? 0 : rest.reduce((right, left) => left + right);
}
const pairs = (level: number[]): number[] => level.flatMap((left, i) => (i % 2 === 0 ? [left + level[i + 1]!] : []));

onWorkers("map and reduce", (test) => {
  for (const n of [0, 1, 2, 5, 64, 65, 1000, 5000, 30_001]) {
    test(`map of ${n} elements`, async () => {
      const list = numbers(n);
      const expected = list.map((x) => x * x);
      assert.deepEqual(await map(list, square), expected);
      assert.deepEqual(await map(Float64Array.from(list), square), expected);
      const heap = shared.from(Float64Array.from(list));
      assert.deepEqual(await map(heap, square), expected);
      assert.equal(await map.into(heap, heap, square), heap);
      assert.deepEqual([...heap], expected);
      shared.free(heap);
    });

    test(`reduce of ${n} elements has the documented shape`, async () => {
      const list = numbers(n);
      const expected = expectedSum(list);
      assert.equal(await reduce(list, { identity: 0, combine: add }), expected);
      assert.equal(await reduce(Float64Array.from(list), { identity: 0, combine: (a, b) => a + b }), expected);
      const heap = shared.from(Float64Array.from(list));
      assert.equal(await reduce(heap, { identity: 0, combine: add }), expected);
      assert.equal(await reduce(n, { identity: 0, combine: add, map: (i, values) => values[i]! }, heap), expected);
      shared.free(heap);
    });
  }

  test("map passes further arguments, and any values", async () => {
    const words = Array.from({ length: 300 }, (_, i) => ({ text: `w${i}` }));
    assert.deepEqual(
      await map(words, (word, prefix) => [prefix + word.text], "<"),
      words.map((word) => [`<${word.text}`]),
    );
  });

  test("reduce keeps the order of what does not commute", async () => {
    const letters = Array.from({ length: 3000 }, (_, i) => String.fromCharCode(97 + (i % 26)));
    assert.equal(await reduce(letters, { identity: "", combine: (a, b) => a + b }), letters.join(""));
  });

  test("an identity that combine changes is made anew for each block", async () => {
    const found = await reduce(
      { from: 10, to: 0, step: -1 },
      {
        identity: () => [] as number[],
        map: (i) => [i],
        combine: (a, b) => {
          a.push(...b);
          return a;
        },
      },
    );
    assert.deepEqual(found, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test("inside a plain task", async () => {
    assert.equal(await nested.spawn(5000), 5006);
  });

  test("the failure arrives, not a cancellation that it caused, each time", async () => {
    const ran = shared.int32(1);
    const indices = Array.from({ length: 20_000 }, (_, i) => i);
    const failing = {
      identity: 0,
      combine: add,
      map: (i: number, failAt: (i: number, bad: number, ran: Int32Array) => void, ran: Int32Array) => {
        failAt(i, 777, ran);
        return i;
      },
    };
    for (let round = 0; round < 30; round++) {
      assert.equal((await errorOf(map(indices, failAt, 777, ran))).message, "no 777");
      assert.equal((await errorOf(reduce(20_000, failing, failAt, ran))).message, "no 777");
    }
    shared.free(ran);
  });

  test("misuse", async () => {
    const usage = { code: "HEDDLE_USAGE" };
    assert.throws(() => map(new Set() as never, square), usage);
    assert.throws(() => map([1], 3 as never), usage);
    assert.throws(() => map.into(new Float64Array(3) as never, [1], square as never), usage);
    assert.throws(() => reduce([1], { combine: add } as never), usage);
    assert.throws(() => reduce([1], undefined as never), usage);
    assert.throws(() => reduce({ to: 2.5 }, { identity: 0, combine: add }), usage);
    const short = shared.float64(2);
    assert.throws(() => map.into(short, [1, 2, 3], square), usage);
    shared.free(short);
  });
});
