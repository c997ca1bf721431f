import assert from "node:assert/strict";
import { test } from "node:test";
import type { TraceEntry } from "./messages.ts";
import { formatTrace } from "./trace.ts";

const entries = (...operations: [thread: number, text: string][]): TraceEntry[] =>
  operations.map(([thread, text], i) => ({ order: i, step: i + 1, thread, text, place: "x.ts:1" }));

test("each operation has a line with step, thread, operation and place", () => {
  assert.deepEqual(formatTrace(entries([0, "load(a) = 0"], [1, "store(abc, 1)"])), [
    "      1  a  load(a) = 0    x.ts:1",
    "      2  b  store(abc, 1)  x.ts:1",
  ]);
});

test("a loop is told once", () => {
  const spin: [number, string][] = [
    [0, "load"],
    [0, "pause"],
  ];
  assert.deepEqual(formatTrace(entries([1, "store"], ...spin, ...spin, ...spin, [0, "load"])), [
    "      1  b  store  x.ts:1",
    "      2  a  load   x.ts:1",
    "      3  a  pause  x.ts:1",
    "         these 2 lines 3 times",
    "      8  a  load   x.ts:1",
  ]);
});
