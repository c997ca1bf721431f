import assert from "node:assert/strict";
import { test } from "node:test";
import { slowLoopback } from "./slow-loopback.ts";

test("delay and bandwidth between places of one process", () => {
  assert.deepEqual(slowLoopback({}), {});
  assert.deepEqual(slowLoopback({ HEDDLE_LOOPBACK_DELAY: "", HEDDLE_LOOPBACK_BANDWIDTH: "1e9" }), { bandwidth: 1e9 });
  assert.deepEqual(slowLoopback({ HEDDLE_LOOPBACK_DELAY: "0.5" }), { delay: 0.5 });
  assert.deepEqual(slowLoopback({ HEDDLE_LOOPBACK_DELAY: "0" }), { delay: 0 });
  assert.throws(() => slowLoopback({ HEDDLE_LOOPBACK_BANDWIDTH: "0" }), /must be a number of bytes a second greater than 0/);
  for (const setting of ["-1", "fast", "Infinity"]) {
    assert.throws(() => slowLoopback({ HEDDLE_LOOPBACK_DELAY: setting }), /must be a number of milliseconds/, setting);
  }
});
