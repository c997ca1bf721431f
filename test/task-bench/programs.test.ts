/** The programs as they are started, and the peers in C++ against them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parseOptions } from "../../bench/task-bench/core/options.ts";
import { patternNames } from "../../bench/task-bench/core/patterns.ts";
import { count } from "../../bench/task-bench/core/report.ts";
import { buildPeers, peerEnvironment } from "../../bench/task-bench/peers/build.ts";

const program = fileURLToPath(new URL("../../bench/task-bench/main.ts", import.meta.url));

function taskBench(line: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...line.split(" ")], { encoding: "utf8" });
}

const totals = (text: string): string[] => text.split("\n").filter((it) => it.startsWith("Total "));

describe("npm run task-bench", () => {
  it("prints what it runs, the time, and the size of the implementation", () => {
    const { status, stdout } = taskBench("-impl rows -workers 1 -type stencil_1d -compute ts -kernel compute_bound -iter 2");
    assert.equal(status, 0);
    assert.match(stdout, /Implementation: TypeScript/);
    assert.match(stdout, /\d+ lines of code, 3 constructs of the library: task, parallelFor, join/);
    assert.match(stdout, /^Elapsed Time \d\.\d{6}e-0\d seconds$/m);
    assert.deepEqual(totals(stdout), ["Total Tasks 16", "Total Dependencies 30", "Total FLOPs 5120", "Total Bytes 0"]);
  });

  it("ends with 1 when a byte has changed, and with 2 when it is used wrongly", () => {
    const spoilt = taskBench("-workers 1 -type no_comm -corrupt 1:2:3:9");
    assert.deepEqual([spoilt.status, /timestep 3, point 3 got a wrong input from \(2, 3\)/.test(spoilt.stderr)], [1, true]);
    const unknown = taskBench("-typo 3");
    assert.deepEqual([unknown.status, unknown.stderr], [2, "-typo is not known; -h shows all options\n"]);
  });
});

for (const peer of buildPeers()) {
  const { name, command, missing } = peer;
  describe(`${name} (${peer.what})`, { skip: missing ?? false }, () => {
    for (const pattern of patternNames) {
      it(`${pattern}: the tasks, dependences and operations that the definition has`, () => {
        const graph = `-type ${pattern} -steps 23 -kernel load_imbalance -iter 100 -imbalance 0.3 -output 100`;
        const args = `${graph} -width 4 -period 2 -and ${graph} -width 9 -radix 4 -fraction 0.6 -period 2`.split(" ");
        const usesPeriod = pattern === "spread" || pattern === "random_nearest";
        const given = usesPeriod ? args : args.filter((it, i) => it !== "-period" && args[i - 1] !== "-period");
        const [file, ...first] = command!(2);
        const { status, stdout, stderr } = spawnSync(file!, [...first, ...given], {
          encoding: "utf8",
          env: { ...peerEnvironment, ...process.env },
        });
        assert.equal(status, 0, stderr);
        const { tasks, dependencies, flops, bytes } = count(parseOptions(given));
        assert.deepEqual(totals(stdout), [
          `Total Tasks ${tasks}`,
          `Total Dependencies ${dependencies}`,
          `Total FLOPs ${flops}`,
          `Total Bytes ${bytes}`,
        ]);
      });
    }
  });
}
