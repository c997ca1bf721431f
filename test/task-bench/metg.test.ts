import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseOptions } from "../../bench/task-bench/core/options.ts";
import { display, reportTiming } from "../../bench/task-bench/core/report.ts";
import { fitOverhead, metg, overheadPerTask, peakOf, points, readReport, type Sample } from "../../bench/task-bench/metg/metg.ts";
import { plot } from "../../bench/task-bench/metg/plot.ts";

/** 1000 tasks of one unit of time for each iteration, and `overhead` beside it, on 2 cores. */
function run(iterations: number, overhead: number): Sample {
  const seconds = (1000 * (iterations + overhead) * 1e-6) / 2;
  return { iterations, tasks: 1000, dependencies: 3000, flops: 1000 * iterations, bytes: 0, seconds };
}

const sizes = [4096, 1024, 256, 64, 16, 4, 1];
const peak = 2e6; // one iteration takes 1 us, on each of 2 cores

describe("METG", () => {
  it("reads the report lines that it writes", () => {
    const options = parseOptions("-type stencil_1d -steps 10 -kernel compute_bound -iter 32".split(" "));
    const sample = readReport(`${display(options, "TypeScript")}\n${reportTiming(options, 0.5)}\n`);
    assert.deepEqual(sample, {
      iterations: 32,
      tasks: 40,
      dependencies: 90,
      flops: 40 * (128 * 32 + 64),
      bytes: 0,
      seconds: 0.5,
    });
    assert.throws(() => readReport("nothing"), /has no line .*Iterations/);
  });

  it("granularity is wall time times cores over tasks; runs of a size are averaged", () => {
    const [point] = points([run(100, 0), run(100, 20), run(100, 100)], 2, peak);
    assert.deepEqual([point!.iterations, point!.runs, point!.granularity.toFixed(3)], [100, 3, "140.000"]);
    assert.equal(points([run(100, 0), run(100, 20), run(100, 100)], 2, peak, "median")[0]!.granularity.toFixed(3), "120.000");
    assert.equal(points([run(100, 100)], 2, peak)[0]!.efficiency.toFixed(3), "0.500");
  });

  it("interpolates between the last size that is efficient and the next", () => {
    // 10 us of overhead: 16 iterations have an efficiency of 16/26 at 26 us, 4 one of 4/14 at 14 us.
    const line = points(
      sizes.map((it) => run(it, 10)),
      2,
      peak,
    );
    const share = (0.5 - 4 / 14) / (16 / 26 - 4 / 14);
    assert.equal((metg(line) as number).toFixed(6), (14 + share * 12).toFixed(6));
  });

  it("takes the smallest efficient size where the next one is not faster", () => {
    const line = points([run(100, 0), run(50, 40), run(25, 200)], 2, peak);
    assert.equal((metg(line) as number).toFixed(3), "90.000");
  });

  it("says why there is none", () => {
    assert.match(metg(points([run(10, 100)], 2, peak)) as string, /no size reaches 50 %/);
    assert.match(metg(points([run(100, 1), run(10, 1)], 2, peak)) as string, /below 11\.00: every size/);
  });

  it("overhead is what is left of the granularity beside the kernel", () => {
    const samples = sizes.map((it) => run(it, 10));
    assert.equal(peakOf(samples).toFixed(0), ((2e6 * 4096) / 4106).toFixed(0));
    assert.equal(overheadPerTask(points(samples, 2, peak)).toFixed(6), "10.000000");
  });

  it("splits overhead into tasks and edges", () => {
    const rows = [0, 1, 3, 8].map((edgesPerTask) => ({ edgesPerTask, overhead: 2 + 0.25 * edgesPerTask }));
    const { perTask, perEdge } = fitOverhead(rows);
    assert.deepEqual([perTask.toFixed(6), perEdge.toFixed(6)], ["2.000000", "0.250000"]);
    assert.deepEqual(fitOverhead([{ edgesPerTask: 3, overhead: 7 }]), { perTask: 7, perEdge: Number.NaN });
    assert.equal(fitOverhead([{ edgesPerTask: 1, overhead: 9 }, { edgesPerTask: 3, overhead: 7 }]).perEdge, 0); // biome-ignore format: one line
  });
});

describe("plot", () => {
  it("has a line for each system, with a point for each size", () => {
    const series = ["a < b", "c"].map((name, i) => ({ name, points: points(sizes.map((it) => run(it, 10 * i + 1)), 2, peak) })); // biome-ignore format: one line
    const svg = plot("Efficiency & granularity", series);
    assert.equal(svg.match(/<polyline /g)?.length, 2);
    assert.equal(svg.match(/<circle /g)?.length, 14);
    assert.match(svg, />a &lt; b</);
    assert.match(svg, /Efficiency &amp; granularity/);
    assert.doesNotMatch(svg, /NaN|Infinity/);
  });
});
