import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuntimeStats } from "../task/runtime.ts";
import { statsTable } from "./stats-table.ts";
import { table } from "./table.ts";
import { bytes, counted, nearest } from "./text.ts";

test("columns are as wide as their widest cell, colours not counted", () => {
  const rows = [
    ["name", "n"],
    ["\x1b[1mbold\x1b[22m thing", "7"],
    ["x", "1,000"],
  ];
  assert.equal(table(rows, ["left", "right"]), "name            n\n\x1b[1mbold\x1b[22m thing      7\nx           1,000");
});

test("rows may be ragged, and nothing trails", () => {
  assert.equal(table([["a", "bb"], ["ccc"]]), "a    bb\nccc");
  assert.equal(table([]), "");
});

test("sizes and counts", () => {
  assert.deepEqual([0, 1023, 1024, 1536, 4 * 2 ** 30, 150 * 2 ** 20].map(bytes), [
    "0 B",
    "1023 B",
    "1 KiB",
    "1.5 KiB",
    "4 GiB",
    "150 MiB",
  ]);
  assert.deepEqual([counted(1, "task"), counted(1200, "task")], ["1 task", "1,200 tasks"]);
});

test("the nearest name, or none", () => {
  assert.equal(nearest("fbi.ts", ["uts.ts", "fib.ts", "heat.ts"]), "fib.ts");
  assert.equal(nearest("quicksort.ts", ["fib.ts", "heat.ts"]), undefined);
  assert.equal(nearest("x", []), undefined);
});

test("the stats table has a row for each worker, one for the main thread where it did something, and one for all", () => {
  const one = { executed: 1900, promoted: 3, stolen: 2, parked: 1 };
  const two = { executed: 600, promoted: 1, stolen: 4, parked: 5 };
  const all = { executed: 2500, promoted: 5, stolen: 6, parked: 6 };
  const heap = { used: 0, peak: 2048, free: 0, cached: 0, blocks: 0, capacity: 2 ** 32 };
  const now = { name: "heddle-1", idle: 2, stealable: 0, outstanding: 0, lost: 0 };
  const stats: RuntimeStats = { ...all, ...now, workers: 2, perWorker: [one, two], heap };
  assert.deepEqual(statsTable(stats).split("\n"), [
    "             executed  promoted  stolen  parked",
    "worker 1        1,900         3       2       1",
    "worker 2          600         1       4       5",
    "main thread         0         1       0       0",
    "all             2,500         5       6       6",
    "",
    "Heap: 0 B in use at the end, 2 KiB at most, of 4 GiB.",
  ]);
  assert.doesNotMatch(statsTable({ ...stats, promoted: 4 }), /main thread/);
  assert.match(statsTable({ ...stats, workers: 0, perWorker: [] }), /Serial mode/);
  assert.match(statsTable(undefined), /No runtime was started/);
});
