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
  // Clocks of processes are not exactly the same.
  assert.ok(report.spanMs >= 10 && report.spanMs < report.measuredMs + 1, `${report.spanMs} of ${report.measuredMs}`);
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

  test("what main asks before its first spawn is in the measured time as well as in the span", async (t) => {
    const folder = folderWith({}, t);
    for (const places of [1, 2]) {
      const file = join(folder, `${places}.json`);
      const { code, stderr } = await onLoopback("early", { places, options: ["--trace", file] });
      assert.equal(code, 0, stderr);
      const analysis = analyse(readTrace(file));
      const report = reportOf(analysis);
      // Two rounds of main come after the first meeting.
      assert.ok(report.spanMs >= 40, `${report.spanMs}`);
      assert.ok(report.measuredMs + 1 >= report.greedyMs, `${report.measuredMs} ${report.greedyMs}`);
      assert.ok(report.efficiency <= 1, `${report.efficiency}`);
      assert.deepEqual(report.perPlace.map(({ operations }) => operations.map(({ name, count }) => `${count} ${name}`).sort()), places === 1 ? [] : [["1 allocate", "1 free", "1 get", "1 put", "3 barrier"], ["3 barrier"]]); // biome-ignore format: one line
      // The trace knows what all came after that main has awaited, also where that is made of an answer.
      const { nodes, mains } = analysis.graph;
      const awaited = mains[0]!.segments.flatMap(({ after }) => (after?.kind === "node" ? [nodes[after.node]!] : []));
      assert.equal(awaited.length, 8);
      if (places > 1) assert.ok(awaited.every((it) => it.isTask || it.after.length > 0));
      const predicted = await run(process.execPath, [BIN, "simulate", file, "-w", `${places}`, "--json"]);
      const [it] = JSON.parse(predicted.stdout) as { predictedMs: number }[];
      assert.ok(it!.predictedMs >= report.spanMs, `${it!.predictedMs} ${report.spanMs}`);
    }
    const mixed = await run(process.execPath, [BIN, "simulate", join(folder, "1.json"), join(folder, "2.json")]);
    assert.equal(mixed.code, 2);
    assert.match(mixed.stderr, /2\.json is of 2 places, .*1\.json of 1: /);
  });

  test("serial mode over places is not traced", async (t) => {
    const file = join(folderWith({}, t), "out.json");
    const { code, stderr } = await onLoopback("early", { places: 2, workers: 0, options: ["--trace", file] });
    assert.equal(code, 2);
    assert.match(stderr, /knows no places in serial mode.* leave --workers 0 or --places out/);
  });

  test("2 ranks of an MPI job: their files become one", { skip: whyNoMpi() }, async (t) => {
    const folder = folderWith({}, t);
    const { code, stderr } = await onMpi("traced", { places: 2, options: ["--trace", join(folder, "out.json")] });
    assert.equal(code, 0, stderr);
    assert.deepEqual(readdirSync(folder), ["out.json"]);
    expectTrace(join(folder, "out.json"), 2);
  });
});
