import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { readTrace } from "../../src/trace/read.ts";
import { analyse, reportOf } from "../../src/trace/report/report.ts";
import { folderWith } from "../support/child.ts";
import { faultsOf, linesOf } from "../trace/format.ts";
import { BIN, onLoopback, onMpi, run, whyNoMpi } from "./run.ts";

/** What must be in the trace of programs/traced.ts, however it came about. */
function expectTrace(file: string, places: number): void {
  const lines = linesOf(file);
  assert.deepEqual(faultsOf(lines), []);
  const processes = lines.filter((it) => it.name === "process_name").map((it) => it.args!.name);
  assert.deepEqual(
    processes.sort(),
    Array.from({ length: places }, (_, p) => `heddle traced.ts, place ${p}`),
  );
  const ends = lines.filter((it) => it.ph === "s" || it.ph === "f");
  const between = new Set<string>();
  for (const start of ends.filter((it) => it.ph === "s")) {
    const end = ends.find((it) => it.ph === "f" && it.id === start.id)!;
    between.add(`${start.name} ${start.pid - 1} ${end.pid - 1}`);
  }
  for (let p = 1; p < places; p++) {
    assert.ok(between.has(`spawn 0 ${p}`), `${[...between]}`);
    assert.ok(between.has(`join ${p} 0`), `${[...between]}`);
  }

  const analysis = analyse(readTrace(file));
  const report = reportOf(analysis);
  assert.deepEqual([report.complete, report.places, report.lostEvents], [true, places, 0]);
  assert.equal(report.perPlace.length, places);
  assert.equal(analysis.span.unresolved, 0);
  const sent = report.perPlace[0]!.sent;
  assert.deepEqual(sent, [0, ...Array.from({ length: places - 1 }, (_, i) => (i + 2 === places ? 2 : 1))]);
  assert.ok(report.perPlace.every((it) => it.communicationMs > 0 && it.hidden >= 0 && it.hidden <= 1));
  assert.ok(report.perPlace.every((it) => it.operations.some(({ name }) => name === "allReduce")));
  // One after the other: what puts the promise, then a round. Side by side: the tasks of a round.
  assert.ok(report.workMs >= 5 * (places + 1), `${report.workMs}`);
  assert.ok(report.spanMs >= 10 && report.spanMs < report.workMs, `${report.spanMs} of ${report.workMs}`);
}

suite("traces over places", () => {
  test("3 places in a process: one file, with a process for each", async (t) => {
    const folder = folderWith({}, t);
    const file = join(folder, "out.json");
    const { code, stderr } = await onLoopback("traced", { places: 3, options: ["--trace", file] });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Trace: [\d,]+ events, .* in .*out\.json\.\n/);
    expectTrace(file, 3);

    const predicted = await run(process.execPath, [BIN, "simulate", file, "-w", "3,6", "--json"]);
    const list = JSON.parse(predicted.stdout) as { workers: number; unfinished: number }[];
    assert.deepEqual(
      list.map(({ workers, unfinished }) => [workers, unfinished]),
      [
        [3, 0],
        [6, 0],
      ],
    );
    const refused = await run(process.execPath, [BIN, "simulate", file, "--places", "2"]);
    assert.match(refused.stderr, /is of 3 places/);
  });

  test("2 ranks of an MPI job: their files become one", { skip: whyNoMpi() }, async (t) => {
    const folder = folderWith({}, t);
    const { code, stderr } = await onMpi("traced", { places: 2, options: ["--trace", join(folder, "out.json")] });
    assert.equal(code, 0, stderr);
    assert.deepEqual(readdirSync(folder), ["out.json"]);
    expectTrace(join(folder, "out.json"), 2);
  });
});
