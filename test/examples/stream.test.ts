import assert from "node:assert/strict";
import { test } from "node:test";
import { shared } from "heddle";
import { fill, holds, parallel, sequential } from "../../examples/stream.ts";

test("triad: every element, in tasks and without", async () => {
  using region = shared.region();
  for (const n of [0, 1, 100_003]) {
    const arrays = { a: region.float64(n), b: region.float64(n), c: region.float64(n) };
    fill(arrays);
    await parallel(arrays);
    assert.ok(holds(arrays));
    fill(arrays);
    sequential(arrays);
    assert.ok(holds(arrays));
    if (n > 0) arrays.a[n >> 1]! += 1;
    assert.equal(holds(arrays), n === 0);
  }
});
