/** The programs as they are started, and the peers in C++ against them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parseOptions } from "../../bench/task-bench/core/options.ts";
import { kernelNames } from "../../bench/task-bench/core/parameters.ts";
import { patternNames } from "../../bench/task-bench/core/patterns.ts";
import { count } from "../../bench/task-bench/core/report.ts";
import { buildPeers, peerEnvironment } from "../../bench/task-bench/peers/build.ts";

const program = fileURLToPath(new URL("../../bench/task-bench/main.ts", import.meta.url));

function taskBench(line: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...line.split(" ")], { encoding: "utf8" });
}

function expectedTotals(args: readonly string[]): string[] {
  const { tasks, dependencies, flops, bytes } = count(parseOptions(args));
  return [`Total Tasks ${tasks}`, `Total Dependencies ${dependencies}`, `Total FLOPs ${flops}`, `Total Bytes ${bytes}`];
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

  it("runs over places, and ends with 1 there too when a byte has changed", () => {
    const places = "-impl places -places 2 -workers 1 -type stencil_1d -output 48";
    const { status, stdout, stderr } = taskBench(places);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /Implementation: places .*, 2 places\n +\d+ lines of code, \d+ constructs of the library: task, at/);
    assert.deepEqual(totals(stdout), expectedTotals("-type stencil_1d".split(" ")));
    const spoilt = taskBench(`${places} -corrupt 1:2:1:41`);
    assert.equal(spoilt.status, 1);
    assert.match(spoilt.stderr, /timestep 3, point [012] got a wrong input from \(2, 1\): the 16 bytes at 32 of 48/);
  });

  it("ends with 1 when a byte has changed, and with 2 when it is used wrongly", () => {
    const spoilt = taskBench("-workers 1 -type no_comm -corrupt 1:2:3:9");
    assert.deepEqual([spoilt.status, /timestep 3, point 3 got a wrong input from \(2, 3\)/.test(spoilt.stderr)], [1, true]);
    const unknown = taskBench("-typo 3");
    assert.deepEqual([unknown.status, unknown.stderr], [2, "-typo is not known; -h shows all options\n"]);
  });
});

describe("npm run metg", () => {
  const metg = fileURLToPath(new URL("../../bench/task-bench/metg/main.ts", import.meta.url));
  const run = (...args: string[]) => spawnSync(process.execPath, [metg, ...args], { encoding: "utf8" });
  const none = ["--impl", "none", "--peers", "none", "--workers", "2"];

  it("measures any program that prints the report lines", () => {
    const command = `${process.execPath} ${fileURLToPath(new URL("foreign.ts", import.meta.url))} 2`;
    const settings = ["--from", "12", "--to", "2", "--runs", "1", "--json", "--vs", command];
    const { status, stdout, stderr } = run(...none, "-type", "nearest,fft", ...settings);
    assert.equal(status, 0, stderr);
    const { curves } = JSON.parse(stdout) as { curves: { system: string; pattern: string; metg: number }[] };
    assert.deepEqual(
      curves.map(({ system, pattern }) => [system, pattern]),
      [
        [command, "nearest"],
        [command, "fft"],
      ],
    );
    // Half of the peak, 4096 / 4104 of a task each microsecond, lies between 8 iterations (16 us) and 4 (12 us).
    const peak = 4096 / 4104;
    const share = (peak / 2 - 4 / 12) / (8 / 16 - 4 / 12);
    for (const { metg } of curves) assert.equal(metg.toFixed(3), (12 + share * 4).toFixed(3));
  });

  it("says at once when a program cannot be used", () => {
    const missing = run(...none, "--vs", "no-such-program -x");
    assert.deepEqual([missing.status, missing.stderr.includes("no-such-program -x: spawn no-such-program ENOENT")], [1, true]);
    const other = run(...none, "--vs", "true");
    assert.deepEqual([other.status, /true: The output has no line .*Iterations/.test(other.stderr)], [1, true]);
    const nothing = run(...none);
    assert.deepEqual([nothing.status, /There is nothing to measure/.test(nothing.stderr)], [2, true]);
  });
});

for (const peer of buildPeers()) {
  const { name, command, missing } = peer;
  const run = (args: readonly string[]) => {
    const [file, ...first] = command!(2);
    const env = { ...peerEnvironment, ...process.env };
    return spawnSync(file!, [...first, ...args], { encoding: "utf8", env });
  };
  describe(`${name} (${peer.what})`, { skip: missing ?? false }, () => {
    for (const pattern of patternNames) {
      it(`${pattern}: the tasks, dependences and operations that the definition has`, () => {
        const graph = `-type ${pattern} -steps 23 -kernel load_imbalance -iter 100 -imbalance 0.3 -output 100`;
        const args = `${graph} -width 4 -period 2 -and ${graph} -width 9 -radix 4 -fraction 0.6 -period 2`.split(" ");
        const usesPeriod = pattern === "spread" || pattern === "random_nearest";
        const given = usesPeriod ? args : args.filter((it, i) => it !== "-period" && args[i - 1] !== "-period");
        const { status, stdout, stderr } = run(given);
        assert.equal(status, 0, stderr);
        assert.deepEqual(totals(stdout), expectedTotals(given));
      });
    }

    it("every kernel: the operations and bytes that the definition has", () => {
      const all = kernelNames.flatMap((kernel, i) => [
        ...(i === 0 ? [] : ["-and"]),
        ..."-type stencil_1d -steps 7 -iter 5 -scratch 5000 -imbalance 0.5 -kernel".split(" "),
        kernel,
      ]);
      const { status, stdout, stderr } = run(all);
      assert.equal(status, 0, stderr);
      assert.deepEqual(totals(stdout), expectedTotals(all));
    });
  });
}
