import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ChromeLines } from "../../src/trace/chrome.ts";
import { makeClock } from "../../src/trace/clock.ts";
import type { EventName, TraceEvent } from "../../src/trace/events.ts";
import { faultsOf } from "./format.ts";

suite("clocks of threads", () => {
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

  test("arrows between threads whose clocks are a little apart lie in slices, and do not go back in time", () => {
    const lines: string[] = [];
    const chrome = new ChromeLines((line) => lines.push(line));
    const add = (slot: number, kind: EventName, values: Record<string, number>): void => {
      const zeros = { def: 0, parent: 0, begin: -1, folded: 0, status: 0 };
      chrome.add({ ...zeros, ...values, kind, slot } as unknown as TraceEvent);
    };
    chrome.begin({});
    for (const slot of [0, 1]) chrome.thread(slot);
    // The worker's clock is 600 ns behind: it begins the task before that was spawned.
    add(0, "spawn", { n: 1, time: 0 });
    add(0, "begin", { n: 1, time: 0 });
    add(0, "spawn", { n: 2, parent: 1, time: 2000 });
    add(0, "promote", { n: 2, time: 2000 });
    add(1, "steal", { n: 9, from: 0, origin: 2, time: 1400 });
    add(1, "begin", { n: 9, time: 1400 });
    add(1, "end", { n: 9, begin: 1400, time: 1700 });
    // The worker's is ahead of that of main, for the way back.
    add(0, "spawn", { n: 3, parent: 1, time: 3000 });
    add(0, "promote", { n: 3, time: 3000 });
    add(1, "steal", { n: 10, from: 0, origin: 3, time: 4000 });
    add(1, "begin", { n: 10, time: 4000 });
    add(1, "end", { n: 10, begin: 4000, time: 4100 });
    add(0, "segment", { n: 1, dep: 1, on: 3, time: 3900 });
    add(0, "end", { n: 1, begin: 0, time: 9000 });
    const all = lines.map((line) => JSON.parse(line));
    assert.deepEqual(faultsOf(all), []);
    assert.equal(all.filter(({ ph }) => ph === "s").length, 3);
  });
});
