import assert from "node:assert/strict";
import { test } from "node:test";
import { explore } from "../../src/testing/index.ts";

/** Time limits of waits never end here: the lock has to do without them as long as nobody dies. */
const url = new URL("./heap.scenario.ts", import.meta.url);

for (const name of ["twoSleepers", "oneSpins"]) {
  test(`${name}: all interleavings with two preemptions`, async () => {
    const report = await explore(url, { name, strategy: "dfs", timeouts: "never" });
    assert.equal(report.complete, true);
  });
}

for (const name of ["threeSleepers", "heapOfTwo", "recovery"]) {
  for (const strategy of ["random", "pct"] as const) {
    test(`${name}: interleavings sampled by ${strategy}`, async () => {
      const report = await explore(url, { name, strategy, timeouts: "never", executions: 1500 });
      assert.equal(report.executions, 1500);
    });
  }
}
