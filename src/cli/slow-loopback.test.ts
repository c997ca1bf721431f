import assert from "node:assert/strict";
import { test } from "node:test";
import { slowLoopback } from "./slow-loopback.ts";

test("delay and bandwidth between places of one process", () => {
  assert.deepEqual(slowLoopback({}), {});
  assert.deepEqual(slowLoopback({ HEDDLE_LOOPBACK_DELAY: "", HEDDLE_LOOPBACK_BANDWIDTH: "1e9" }), { bandwidth: 1e9 });
  assert.deepEqual(slowLoopback({ HEDDLE_LOOPBACK_DELAY: "0.5" }), { delay: 0.5 });
  for (const setting of ["-1", "0", "fast", "Infinity"]) {
    assert.throws(() => slowLoopback({ HEDDLE_LOOPBACK_DELAY: setting }), /must be a number of milliseconds/, setting);
  }
});
