import assert from "node:assert/strict";
import fc from "fast-check";
import { scan, shared } from "heddle";
import { errorOf } from "../conformance/case.ts";
import { onWorkers } from "./on-workers.ts";
import { add, failing } from "./orders.ts";

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => Math.sin(i) * 1e3 ** (i % 5));

/** What the documented shape gives, computed plainly. */
function expected(values: readonly number[], exclusive: boolean): number[] {
  const size = Math.max(1, Math.ceil(values.length / 1024));
  const results: number[] = [];
  let offset = 0;
  for (let at = 0; at < values.length; at += size) {
    let sum = 0;
    let value = offset;
    for (const x of values.slice(at, at + size)) {
      if (exclusive) results.push(value);
      value += x;
      sum += x;
      if (!exclusive) results.push(value);
    }
    offset += sum;
  }
  return results;
}

onWorkers("scan", (test, workers) => {
  for (const n of [0, 1, 2, 5, 1000, 1025, 30_001]) {
    test(`${n} elements: the documented shape, bit for bit`, async () => {
      const list = numbers(n);
      const after = expected(list, false);
      const before = expected(list, true);
      assert.deepEqual(await scan(list, { identity: 0, combine: add }), after);
      assert.deepEqual(await scan(Float64Array.from(list), { identity: 0, combine: (a, b) => a + b }), after);
      assert.deepEqual(await scan(list, { identity: 0, combine: add, exclusive: true }), before);
      const heap = shared.from(Float64Array.from(list));
      const target = shared.float64(n);
      assert.equal(await scan.into(target, heap, { identity: 0, combine: add }), target);
      assert.deepEqual([...target], after);
      const mapped = await scan(n, { identity: 0, combine: add, map: (i, values) => values[i]! }, heap);
      assert.deepEqual(mapped, after);
      await scan.into(heap, heap, { identity: 0, combine: add, exclusive: true });
      assert.deepEqual([...heap], before);
      shared.free(heap);
      shared.free(target);
    });
  }

  test("any numbers, any length", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double({ noNaN: true }), { maxLength: 3000 }), fc.boolean(), async (list, exclusive) => {
        assert.deepEqual(await scan(list, { identity: 0, combine: add, exclusive }), expected(list, exclusive));
      }),
      { numRuns: 25 },
    );
  });

  test("the order is kept of what does not commute, and values may be of another type", async () => {
    const n = 2000;
    const words = await scan(n, { identity: "", combine: (a, b) => (a + b).slice(-12), map: (i) => `${i},` });
    for (const i of [0, 1, 1023, 1024, n - 1])
      assert.equal(words[i], `${Array.from({ length: i + 1 }, (_, k) => k).join()},`.slice(-12));
  });

  test("a failure in combine reaches the caller", async () => {
    const list = Array.from({ length: 20_000 }, (_, i) => (i === 15_000 ? 7777 : 0));
    const error = await errorOf(scan(list, { identity: 0, combine: failing }));
    assert.ok(error instanceof RangeError);
    assert.equal(error.message, "no 7777");
  });

  if (workers > 0) return;
  test("bad arguments are named", async () => {
    const bad = (call: () => unknown, message: RegExp): void => assert.throws(call, { code: "HEDDLE_USAGE", message });
    const loose = scan as unknown as { (...args: unknown[]): unknown; into(...args: unknown[]): unknown };
    const how = { identity: 0, combine: add };
    bad(() => loose("text", how), /scan: the source is of type string/);
    bad(() => loose([1]), /scan: say how to combine/);
    bad(() => loose([1], { combine: add }), /scan: identity is missing/);
    bad(() => loose([1], { identity: 0 }), /scan: combine is undefined/);
    bad(() => loose([1], { ...how, exclusive: 1 }), /scan: exclusive is 1/);
    bad(() => loose.into(new Float64Array(1), [1], how), /scan.into: the target must be an array on the heap/);
    const small = shared.float64(1);
    bad(() => loose.into(small, [1, 2], how), /scan.into: the target has 1 elements/);
    shared.free(small);
  });
});
