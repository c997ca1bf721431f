import assert from "node:assert/strict";
import { test } from "node:test";
import * as facade from "../../shared/atomics.ts";
import * as explored from "./atomics.ts";

test("the explorer's atomics are the facade's, name by name", () => {
  const checked: typeof facade = explored;
  assert.deepEqual(Object.keys(checked).toSorted(), Object.keys(facade).toSorted());
});

test("without a virtual thread they perform the operation at once", () => {
  const words = new Int32Array(new SharedArrayBuffer(16));
  assert.equal(explored.store(words, 1, 5), 5);
  assert.equal(explored.add(words, 1, 3), 5);
  assert.equal(explored.sub(words, 1, 1), 8);
  assert.equal(explored.or(words, 1, 8), 7);
  assert.equal(explored.and(words, 1, 6), 15);
  assert.equal(explored.xor(words, 1, 2), 6);
  assert.equal(explored.exchange(words, 1, 9), 4);
  assert.equal(explored.compareExchange(words, 1, 9, 1), 9);
  assert.equal(explored.compareExchange(words, 1, 9, 2), 1);
  assert.equal(explored.load(words, 1), 1);
  assert.equal(explored.notify(words, 1), 0);
});

test("without a virtual thread they refuse to wait", () => {
  const words = new Int32Array(new SharedArrayBuffer(16));
  assert.throws(() => explored.wait(words, 0, 0), { code: "HEDDLE_USAGE" });
  assert.throws(() => explored.waitAsync(words, 0, 0), { code: "HEDDLE_USAGE" });
});
