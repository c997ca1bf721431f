import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { chooseSeed, Random, withSeed } from "./seed.ts";

const draw = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.uint32());

function withEnvironment<T>(value: string | undefined, body: () => T): T {
  const before = process.env.HEDDLE_SEED;
  const set = (text: string | undefined) => {
    if (text === undefined) delete process.env.HEDDLE_SEED;
    else process.env.HEDDLE_SEED = text;
  };
  set(value);
  try {
    return body();
  } finally {
    set(before);
  }
}

suite("Random", () => {
  test("gives the published sequence of xoshiro128**", () => {
    assert.deepEqual(draw(new Random(Int32Array.of(1, 2, 3, 4)), 4), [11520, 0, 5927040, 70819200]);
  });

  test("repeats itself from the same seed, and not from another", () => {
    assert.deepEqual(draw(Random.from(42), 8), draw(Random.from(42), 8));
    assert.notDeepEqual(draw(Random.from(42), 8), draw(Random.from(43), 8));
  });

  test("goes on where its state was left", () => {
    const state = new Int32Array(4);
    const whole = draw(Random.from(5), 4);
    const parts = [...draw(new Random(state).reseed(5), 2), ...draw(new Random(state), 2)];
    assert.deepEqual(parts, whole);
  });

  test("stays below its bound and reaches every value", () => {
    const random = Random.from(1);
    const seen = new Set(Array.from({ length: 500 }, () => random.below(7)));
    assert.deepEqual([...seen].toSorted(), [0, 1, 2, 3, 4, 5, 6]);
  });

  test("shuffles in place and loses nothing", () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    const shuffled = Random.from(9).shuffle([...items]);
    assert.notDeepEqual(shuffled, items);
    assert.deepEqual(
      shuffled.toSorted((a, b) => a - b),
      items,
    );
  });
});

suite("the seed", () => {
  test("is the environment's, else the one given, else some integer of 32 bits", () => {
    assert.equal(
      withEnvironment("12", () => chooseSeed(5)),
      12,
    );
    assert.equal(
      withEnvironment(undefined, () => chooseSeed(5)),
      5,
    );
    const fromClock = withEnvironment(undefined, () => chooseSeed());
    assert.ok(Number.isInteger(fromClock) && fromClock >= 0 && fromClock < 2 ** 32);
  });

  test("is refused where it is no integer", () => {
    for (const text of ["x", "-1", "1.5", "4294967296"]) {
      withEnvironment(text, () => assert.throws(() => chooseSeed(), { code: "HEDDLE_USAGE", message: /HEDDLE_SEED=/ }));
    }
  });

  test("is printed when the body throws, and the error stays the same", async (t) => {
    const print = t.mock.method(console, "error", () => {});
    const error = new Error("broken");
    await withEnvironment(undefined, () =>
      assert.rejects(
        withSeed(() => Promise.reject(error), 77),
        error,
      ),
    );
    assert.match(String(print.mock.calls[0]?.arguments[0]), /HEDDLE_SEED=77/);
  });
});
