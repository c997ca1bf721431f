import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeSchedule, encodeSchedule } from "./schedule.ts";

test("a schedule is letters with repeat counts", () => {
  assert.equal(encodeSchedule([0, 0, 0, 1, 0, 2, 2]), "a3bac2");
  assert.deepEqual(decodeSchedule("a3bac2"), [0, 0, 0, 1, 0, 2, 2]);
  assert.equal(encodeSchedule([]), "");
});

test("every schedule reads back as it was", () => {
  const choices = fc.array(fc.integer({ min: 0, max: 15 }));
  fc.assert(fc.property(choices, (list) => assert.deepEqual(decodeSchedule(encodeSchedule(list)), list)));
});

test("what is no schedule is refused", () => {
  for (const text of ["a-b", "3a", "q", "a b"]) assert.throws(() => decodeSchedule(text), { code: "HEDDLE_USAGE" });
});
