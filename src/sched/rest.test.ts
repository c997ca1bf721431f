import assert from "node:assert/strict";
import { test } from "node:test";
import { noteClock, sinceClock } from "./rest.ts";

test("a worker that has not begun has not been at work since 1970", () => {
  const f64 = new Float64Array(1 << 16);
  assert.equal(sinceClock(f64, 1), 0);
  noteClock(f64, 1, performance.now() - 5000);
  assert.ok(sinceClock(f64, 1) >= 5000);
});
