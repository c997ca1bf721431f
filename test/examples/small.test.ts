import assert from "node:assert/strict";
import { test } from "node:test";
import * as fib from "../../examples/fib.ts";
import * as queens from "../../examples/queens.ts";

test("fib(25) is 75025, in tasks and without", async () => {
  assert.equal(fib.sequential(25), 75_025);
  assert.equal(await fib.parallel(25), 75_025);
  assert.equal(await fib.parallel(1), 1);
});

test("queens: the published numbers of solutions", async () => {
  const published = [1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680];
  for (const [index, solutions] of published.entries()) {
    assert.equal(queens.sequential(index + 1), solutions, `${index + 1} queens, sequential`);
    assert.equal(await queens.parallel(index + 1), solutions, `${index + 1} queens, parallel`);
  }
});

test("queens: a board that does not fit in the bits of an integer is refused", () => {
  assert.throws(() => queens.sequential(31), /1 to 30 rows, not 31/);
  assert.throws(() => queens.sequential(0), RangeError);
});
