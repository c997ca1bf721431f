/** The conformance suite with tracing on: the same meaning, nothing left behind, and a file that keeps the format's rules. */
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { modelOf } from "../../src/trace/model.ts";
import { readTrace } from "../../src/trace/read.ts";
import { analyse, reportOf } from "../../src/trace/report/report.ts";
import { simulate } from "../../src/trace/simulate.ts";
import { IDEAL } from "../../src/trace/simulator/machine.ts";
import { faultsOf, linesOf } from "./format.ts";
import { traceThisProcess } from "./traced.ts";

const trace = traceThisProcess("conformance");
after(() => trace.remove());
const { conformance } = await import("../conformance/suite.ts");

conformance(2);

describe("the trace of it", () => {
  it("keeps the rules of the format", () => {
    trace.finish();
    if (process.env.KEEP_TRACE !== undefined) copyFileSync(trace.file, process.env.KEEP_TRACE);
    assert.deepEqual(faultsOf(linesOf(trace.file)).slice(0, 10), []);
  });

  it("can be analysed: nothing lost, no cycle, work and span in order", () => {
    const read = readTrace(trace.file);
    assert.equal(read.complete, true);
    assert.deepEqual(read.lost, []);
    const analysis = analyse(read);
    assert.equal(analysis.span.unresolved, 0);
    const { nodes } = analysis.graph;
    const strange = nodes.filter((it) => it.isTask && !it.isMain && it.begin > 0 && it.spawned === 0);
    assert.deepEqual(strange, [], "every task that began was spawned by somebody");
    const report = reportOf(analysis);
    assert.ok(report.tasks > 1000);
    assert.ok(report.spanMs > 0 && report.spanMs <= report.workMs + report.measuredMs, JSON.stringify(report));
    assert.ok(report.steals.total > 0);
    assert.ok(report.failed > 0 && report.cancelled > 0);
  });

  it("can be simulated: every task comes to its end", () => {
    const { graph } = analyse(readTrace(trace.file));
    const { unfinished, ns } = simulate(modelOf(graph), { ...IDEAL, workers: 2, stealNs: 1000 });
    assert.ok(ns > 0);
    assert.ok(unfinished <= 50, `${unfinished} tasks are unfinished`); // those that were cancelled while they waited
  });
});
