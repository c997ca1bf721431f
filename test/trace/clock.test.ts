import assert from "node:assert/strict";
import { test } from "node:test";
import { makeClock } from "../../src/trace/clock.ts";

test("a thread that was stopped while it set up its clock has the time of the others", () => {
  const zero = 5e9;
  const origin = 7e9;
  let now = 8e9;
  let readings = 0;
  const platform = { monotonicNs: () => (now += 100) };
  const own = (): number => {
    // At first the code is cold, and the system runs something else.
    if (++readings < 5) now += 20_000;
    if (readings === 7) now += 3e6;
    return ((now += 100) - origin) / 1e6;
  };
  const clock = makeClock(zero, platform, own);
  const time = clock();
  assert.ok(Math.abs(time - (now - zero)) <= 100, `${time} is not ${now - zero}`);
});
