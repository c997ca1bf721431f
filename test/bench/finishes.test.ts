import assert from "node:assert/strict";
import { test } from "node:test";
import { finishes } from "../../bench/places/finishes.ts";

test("what finish scopes say grows with the places, its depth with their logarithm: for 2 to 1024 places", () => {
  const rows = finishes();
  assert.deepEqual(
    rows.filter(({ ok }) => ok !== true),
    [],
  );
  const messages = (name: string) => rows.find(({ metric }) => metric === name)?.value;
  assert.equal(messages("finish.spmd, 1024 places"), 2 * 1023);
  assert.equal(messages("end of a program, with a task from each place, 2 places"), 2 + 2 * 2);
});
