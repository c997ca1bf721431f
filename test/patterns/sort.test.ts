import assert from "node:assert/strict";
import fc from "fast-check";
import { shared, sort } from "heddle";
import { errorOf } from "../conformance/case.ts";
import { onWorkers } from "./on-workers.ts";
import { asyncKey, byTens, descending, failing, failingKey, negated, nested } from "./orders.ts";

const LONG = 140_000;

/** Repeatable numbers from 0 to 2 ** 32 - 1. */
function* random(seed = 1): Generator<number, never> {
  for (let state = seed; ; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}
const take = (n: number, of: Iterator<number> = random()): number[] => Array.from({ length: n }, () => of.next().value as number);

/** Bit for bit the same. */
function same(actual: ArrayLike<unknown>, expected: ArrayLike<unknown>): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++)
    if (!Object.is(actual[i], expected[i])) assert.equal(actual[i], expected[i], `at ${i}`);
}

const SPECIAL = [Number.NaN, -0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -Number.MIN_VALUE, Number.MIN_VALUE];

const numbers = take(LONG).map((x) => x - 2 ** 31);
const floats = numbers.map((x, i) => (i % 50 === 0 ? SPECIAL[(i / 50) % SPECIAL.length]! : x / 1024));
const bigints = numbers.map((x) => BigInt(x) * 0x1_0000_0001n);

const kinds = {
  Int8Array: Int8Array.from(numbers),
  Uint8Array: Uint8Array.from(numbers),
  Uint8ClampedArray: Uint8ClampedArray.from(numbers),
  Int16Array: Int16Array.from(numbers),
  Uint16Array: Uint16Array.from(numbers),
  Int32Array: Int32Array.from(numbers),
  Uint32Array: Uint32Array.from(numbers),
  Float32Array: Float32Array.from(floats),
  Float64Array: Float64Array.from(floats),
  BigInt64Array: BigInt64Array.from(bigints),
  BigUint64Array: BigUint64Array.from(bigints),
};

onWorkers("sort", (test, workers) => {
  for (const [name, values] of Object.entries(kinds)) {
    test(`${name}: on the heap and elsewhere, the order of the built-in sort`, async () => {
      const expected = values.slice().sort();
      const ordinary = values.slice();
      assert.equal(await sort(ordinary), ordinary);
      same(ordinary, expected);
      const heap = shared.from(values);
      assert.equal(await sort(heap), heap);
      same(heap, expected);
      await sort(heap);
      same(heap, expected);
      shared.free(heap);
    });
  }

  test("short typed arrays of any numbers", async () => {
    await fc.assert(
      fc.asyncProperty(fc.float64Array({ maxLength: 200 }), fc.boolean(), async (values, onHeap) => {
        const data = onHeap ? shared.from(values) : values.slice();
        same(await sort(data), values.slice().sort());
        if (onHeap) shared.free(data as Float64Array<SharedArrayBuffer>);
      }),
      { numRuns: 40 },
    );
  });

  test("long arrays with few different values, NaN and both zeros", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.double(), fc.constantFrom(...SPECIAL)), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 60_000, max: 270_000 }),
        async (few, n) => {
          const values = Float64Array.from(take(n, random(n)), (x) => few[x % few.length]!);
          same(await sort(values.slice()), values.slice().sort());
        },
      ),
      { numRuns: 3 },
    );
  });

  for (const n of [0, 1, 2, 100, 8193, 50_000]) {
    const list = take(n).map((x) => x % 1000);
    const stable = (key: (x: number) => number): number[] => list.slice().sort((a, b) => key(a) - key(b));

    test(`by and compare are stable, ${n} elements`, async () => {
      const tens = stable((x) => Math.floor(x / 10));
      for (const options of [{ compare: byTens }, { by: (x: number) => Math.floor(x / 10) }]) {
        same(await sort(list.slice(), options), tens);
        same(await sort(Float64Array.from(list), options), tens);
        const heap = shared.from(Int16Array.from(list));
        same(await sort(heap, options), tens);
        shared.free(heap);
      }
      same(
        await sort(list.slice(), { by: negated }),
        stable((x) => -x),
      );
      same(
        await sort(Int32Array.from(list), { compare: descending }),
        stable((x) => -x),
      );
    });
  }

  test("keys that are NaN come last, a key of -0 before 0", async () => {
    const list = ["x", "1", "y", "0", "-0", "-1"];
    assert.deepEqual(await sort(list, { by: (text) => Number(text) }), ["-1", "-0", "0", "1", "x", "y"]);
  });

  test("a plain array keeps its very elements", async () => {
    const people = take(20_000).map((x, i) => ({ age: x % 90, i }));
    const expected = people.slice().sort((a, b) => a.age - b.age);
    const byKey = people.slice();
    assert.equal(await sort(byKey, { by: (person) => person.age }), byKey);
    assert.ok(byKey.every((person, i) => person === expected[i]));
    const compared = people.slice();
    await sort(compared, { compare: (a, b) => a.age - b.age });
    assert.ok(compared.every((person, i) => person === expected[i]));
  });

  test("plain arrays of numbers, strings and bigints have an order of their own", async () => {
    same(await sort(floats.slice(0, 5000)), Float64Array.from(floats.slice(0, 5000)).sort());
    const words = take(30_000).map((x) => x.toString(36));
    same(await sort(words.slice()), words.slice().sort());
    same(await sort([3n, -1n, 2n ** 80n]), [-1n, 3n, 2n ** 80n]);
    same(await sort([]), []);
  });

  test("joined in a plain task", async () => {
    assert.deepEqual(await nested.spawn(40_000), [true, true, true, true, true, true]);
  });

  test("a failure in by or compare reaches the caller, and nothing stays allocated", async () => {
    const list = Array.from({ length: 40_000 }, (_, i) => (i * 7919) % 40_000);
    const before = shared.usage().blocks;
    for (const make of [() => list.slice(), () => Float64Array.from(list)]) {
      for (const options of [{ compare: failing }, { by: failingKey }]) {
        const array = make();
        const error = await errorOf(sort(array, options));
        assert.ok(error instanceof RangeError);
        assert.equal(error.message, "no 7777");
        same(array, list);
      }
    }
    const heap = shared.from(Float64Array.from(list));
    assert.equal((await errorOf(sort(heap, { compare: failing }))).message, "no 7777");
    shared.free(heap);
    if (workers === 0) assert.equal(shared.usage().blocks, before);
  });

  test("a key that is no number is told", async () => {
    const error = await errorOf(sort(["b", "a"], { by: ((word: string) => word) as unknown as (word: string) => number }));
    assert.equal(error.code, "HEDDLE_USAGE");
    assert.match(error.message, /by returned a string for element 0/);
  });

  test("cancelled, the future fails and its memory comes back", async () => {
    const future = sort(Float64Array.from(floats));
    assert.equal(future.cancel(), true);
    assert.equal((await errorOf(future)).code, "HEDDLE_CANCELLED");
  });

  if (workers > 0) return;
  test("bad arguments are named", async () => {
    const bad = (call: () => unknown, message: RegExp): void => assert.throws(call, { code: "HEDDLE_USAGE", message });
    const loose = sort as (...args: unknown[]) => unknown;
    bad(() => loose("text"), /sort: array is string/);
    bad(() => loose(null), /sort: array is null/);
    bad(() => loose(new DataView(new ArrayBuffer(8))), /sort: array is object/);
    bad(() => loose([1], (a: number) => a), /options is a function/);
    bad(() => loose([1], 5), /options is number/);
    bad(() => loose([1], { by: 5 }), /sort: by is number/);
    bad(() => loose([1], { compare: null }), /sort: compare is null/);
    bad(() => loose([1], { by: asyncKey }), /sort: by \(asyncKey\) is an async function/);
    bad(() => loose([1], { by: negated, compare: descending }), /both given/);
    bad(() => loose([{}]), /element 0 is of type object/);
    bad(() => loose([1, "2"]), /element 1 is of type string/);
    bad(() => loose([1], { compare: (a: number, b: number, c: number) => a + b + c }), /has 3 parameters, but gets 2/);
    const outside = 1;
    assert.throws(() => sort([1], { by: (x) => x * outside }), { code: "HEDDLE_LAMBDA" });
  });
});
