/** The matrix of Task Bench: every pattern with every kind of load, 23 steps, alone and two graphs at once. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Runtime, start } from "heddle";
import type { Compute } from "../../bench/task-bench/core/kernels.ts";
import { parseOptions } from "../../bench/task-bench/core/options.ts";
import { patternNames } from "../../bench/task-bench/core/patterns.ts";
import { implementations } from "../../bench/task-bench/implementations/list.ts";
import { runGraphs } from "../../bench/task-bench/run.ts";

/** 23 has no factor in common with 2, 3 and 5, the periods of the patterns. */
const common = "-steps 23 -width 4";
const loads = [
  "-kernel empty",
  "-kernel compute_bound -iter 1024",
  "-kernel memory_bound -iter 1024 -scratch 1024",
  "-kernel load_imbalance -iter 1024 -imbalance 0.1",
  "-kernel empty -output 1024",
];

/** What the matrix leaves out; on one pattern. */
const others = [
  "-kernel busy_wait -iter 100",
  "-kernel compute_bound2 -iter 100",
  "-kernel memory_daxpy -iter 100 -scratch 1024",
  "-kernel compute_dgemm -iter 3 -scratch 5000",
  "-output 17",
  "-output 100",
  "-field 2 -output 64",
  "-field 3",
];

const extra: Partial<Record<string, string>> = { spread: "-period 2" };
const graphOf = (pattern: string, load: string): string => `${common} -type ${pattern} ${extra[pattern] ?? ""} ${load}`;
const split = (line: string): string[] => line.split(" ").filter((it) => it !== "");

for (const workers of [0, 1, 2]) {
  describe(`Task Bench on ${workers} workers`, () => {
    let runtime: Runtime;
    before(async () => {
      runtime = await start({ workers });
    });
    after(() => runtime.stop());

    for (const implementation of implementations) {
      const runAll = async (lines: readonly string[], compute: Compute = "wasm"): Promise<void> => {
        for (const line of lines) {
          const { graphs } = parseOptions(split(line));
          try {
            await runGraphs(runtime, implementation, graphs, { times: 1, compute });
          } catch (error) {
            throw new Error(`-impl ${implementation.name} -workers ${workers} ${line}`, { cause: error });
          }
        }
      };

      for (const load of loads) {
        it(`${implementation.name}: every pattern, ${load}`, () => runAll(patternNames.map((it) => graphOf(it, load))));
        it(`${implementation.name}: every pattern twice at once, ${load}`, () =>
          runAll(patternNames.map((it) => `${graphOf(it, load)} -and ${graphOf(it, load)}`)));
      }

      it(`${implementation.name}: the other kernels, outputs and fields`, () =>
        runAll(others.flatMap((load) => ["stencil_1d", "nearest", "spread"].map((it) => graphOf(it, load)))));

      it(`${implementation.name}: the kernels in TypeScript`, () =>
        runAll(
          ["-kernel compute_bound -iter 100", "-kernel compute_bound2 -iter 100"].map((it) => graphOf("fft", it)),
          "ts",
        ));

      it(`${implementation.name}: different graphs at once`, () =>
        runAll([`${graphOf("tree", "")} -and ${graphOf("dom", "-width 9")} -and ${graphOf("spread", "-width 5")}`]));

      it(`${implementation.name}: a byte that changes on its way stops the run, and the message says where`, async () => {
        const { graphs } = parseOptions(split(`${common} -type no_comm -output 48 -and ${common} -type no_comm -output 48`));
        const corruption = { graph: 1, step: 7, point: 2, byte: 41 };
        await assert.rejects(runGraphs(runtime, implementation, graphs, { times: 1, corruption }), {
          name: "ValidationError",
          message: "Graph 2, timestep 8, point 2 got a wrong input from (7, 2): the 16 bytes at 32 of 48 say (7, 4098)",
        });
      });
    }
  });
}
