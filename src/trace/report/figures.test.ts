import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Category, type TraceEvent } from "../events.ts";
import { Definitions } from "../graph.ts";
import { figuresOf } from "./figures.ts";

const event = (it: object): TraceEvent => it as TraceEvent;

suite("figures of a trace", () => {
  test("sleep before the first task and after the last one does not count", () => {
    const slot = 1;
    const { window, threads } = figuresOf(
      [
        event({ kind: "park", slot, reason: 0, begin: 0, time: 1100 }),
        event({ kind: "begin", slot, n: 2, time: 1000 }),
        event({ kind: "park", slot, reason: 2, begin: 1300, time: 1400 }),
        event({ kind: "end", slot, n: 2, time: 2000, status: 0, work: 900 }),
        event({ kind: "park", slot, reason: 0, begin: 1950, time: 9000 }),
        event({ kind: "total", slot, category: Category.PARKED, ns: 1100 + 7050 }),
        event({ kind: "total", slot, category: Category.PARKED + 2, ns: 100 }),
      ],
      new Definitions([]),
      [slot],
    );
    assert.deepEqual(window, { from: 1000, to: 2000 });
    assert.deepEqual(threads[0]!.parked, [150, 0, 100, 0]);
  });
});
