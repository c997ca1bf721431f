import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { folderWith, heddle } from "../../test/cli/child.ts";

const PROGRAM = `
  import { appendFileSync } from "node:fs";
  import { task } from "${new URL("../index.ts", import.meta.url)}";
  export const fib = task(import.meta, (n: number): number => {
    if (n < 2) return n;
    const left = fib.spawn(n - 1);
    return fib(n - 2) + left.join();
  });
  export async function main([what, ...rest]: string[]) {
    appendFileSync("calls.txt", what + " " + rest.join() + " with " + process.env.HEDDLE_WORKERS + "\\n");
    if (what === "fails") throw new RangeError("planted");
    if (what === "ends") return 7;
    console.log("fib", await fib.spawn(20));
    if (what === "endless") for (;;) await fib.spawn(10);
  }`;

const COUNTS = [...new Set([1, availableParallelism()])];

interface Line {
  readonly workers: number;
  readonly predictedMs: number;
  readonly measuredMs: number | null;
}

describe("heddle simulate prog.ts", { concurrency: 2 }, () => {
  test("runs the program with 1 worker and with one for each core, then predicts", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM }, t);
    const ended = await heddle(["simulate", "prog.ts", "-w", "1,16", "--json", "--", "all", "-n", "3"], {
      cwd,
      env: { TMPDIR: cwd },
    });
    assert.equal(ended.code, 0, ended.stderr);
    const list = JSON.parse(ended.stdout) as Line[];
    const wanted = [...new Set([...COUNTS, 16])];
    assert.deepEqual(list.map((it) => it.workers), wanted); // biome-ignore format: one line
    for (const { workers, predictedMs, measuredMs } of list) {
      assert.ok(predictedMs > 0);
      assert.equal(measuredMs !== null, COUNTS.includes(workers));
    }
    assert.deepEqual(ended.stderr.match(/fib 6765/g)?.length, COUNTS.length, ended.stderr);
    assert.doesNotMatch(ended.stderr, /Trace:/);
    const calls = readFileSync(join(cwd, "calls.txt"), "utf8");
    assert.equal(calls, COUNTS.map((it) => `all -n,3 with ${it}\n`).join(""));
    assert.deepEqual(readdirSync(cwd).sort(), ["calls.txt", "prog.ts"], "the traces are gone");
  });

  test("--keep keeps the traces, which can be looked at and simulated again", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM }, t);
    const first = await heddle(["simulate", "prog.ts", "--keep", "some/traces", "--trace-detail", "0", "all"], { cwd });
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^prog\.ts +traced with/);
    const files = COUNTS.map((it) => join("some/traces", `${it}.json`));
    for (const it of files) assert.ok(existsSync(join(cwd, it)), it);
    const again = await heddle(["simulate", ...files.toReversed()], { cwd });
    assert.equal(again.stdout, first.stdout);
  });

  test("a program that does not end well is not simulated, and its exit code is told", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM }, t);
    for (const [what, code] of [
      ["fails", 1],
      ["ends", 7],
    ] as const) {
      const ended = await heddle(["simulate", "prog.ts", what], { cwd, env: { TMPDIR: cwd } });
      assert.deepEqual([ended.code, ended.stdout], [code, ""]);
      assert.match(ended.stderr, new RegExp(`With 1 worker, prog\\.ts has ended with exit code ${code}`));
      if (what === "fails") assert.match(ended.stderr, /RangeError: planted/);
    }
    const ended = await heddle(["simulate", "prog.ts", "endless"], {
      cwd,
      env: { TMPDIR: cwd },
      onOutput: (printed, send) => void (printed.endsWith("fib 6765\n") && send("SIGINT")),
    });
    assert.deepEqual([ended.code, ended.stdout], [130, ""], ended.stderr);
    assert.deepEqual(readdirSync(cwd).sort(), ["calls.txt", "prog.ts"]);
  });

  test("--places runs the program on several places", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM, "other.ts": PROGRAM }, t);
    const options = ["--places", "2", "--keep", "kept", "-w", "2,4", "--json", "all"];
    const { code, stdout, stderr } = await heddle(["simulate", "prog.ts", ...options], { cwd });
    assert.equal(code, 0, stderr);
    const counts = [...new Set([1, Math.max(1, availableParallelism() >> 1)])];
    assert.deepEqual(readdirSync(join(cwd, "kept")).sort(), counts.map((it) => `${it}.json`).sort());
    // Every place has called main.
    assert.deepEqual(stderr.match(/fib 6765/g)?.length, 2 * counts.length, stderr);
    assert.doesNotMatch(stderr, /Trace:/);
    const measured = (JSON.parse(stdout) as Line[]).filter((it) => it.measuredMs !== null);
    assert.deepEqual(measured.map((it) => it.workers), counts.map((it) => 2 * it)); // biome-ignore format: one line

    assert.equal((await heddle(["run", "other.ts", "-w", "1", "--trace", "other.json"], { cwd })).code, 0);
    const refused = await heddle(["simulate", "kept/1.json", "other.json"], { cwd });
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /other\.json is of other\.ts, kept\/1\.json of prog\.ts: .*the same program/);
  });

  test("fewer workers than places are refused; the usual numbers begin with the places", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM }, t);
    assert.equal((await heddle(["run", "prog.ts", "-w", "1", "--trace", "one.json"], { cwd })).code, 0);
    const refused = await heddle(["simulate", "one.json", "--places", "4", "-w", "1,2,4,8"], { cwd });
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /Each of the 4 places needs a worker of its own: leave 1, 2 out of --workers\./);
    for (const [places, wanted] of [
      ["4", [4, 8, 16, 32, 64]],
      ["100", [100, 200, 400]],
    ] as const) {
      const { stdout } = await heddle(["simulate", "one.json", "--places", places, "--json"], { cwd });
      const list = JSON.parse(stdout) as Line[];
      assert.deepEqual(list.map((it) => [it.workers, it.measuredMs]), wanted.map((it) => [it, null])); // biome-ignore format: one line
    }
  });

  test("what is wrong is told in one message", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM, "page.tsx": "", "some.json": "[]", taken: "" }, t);
    const cases: [string[], RegExp][] = [
      [["simulate", "porg.ts"], /There is no file porg\.ts\. Did you mean prog\.ts\?/],
      [["simulate", "page.tsx"], /holds JSX/],
      [["simulate", "prog.ts", "-n", "3"], /goes after --: heddle simulate prog\.ts -- -n 3/],
      [["simulate", "prog.ts", "--keep", "taken"], /The folder taken cannot be made/],
      [["simulate", "some.json", "--keep", "here"], /--keep is for programs; some\.json is a trace/],
      [["simulate", "some.json", "--trace-detail", "1us"], /--trace-detail is for programs/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await heddle(args, { cwd });
      assert.equal(code, 2, args.join(" "));
      assert.match(stderr, message);
    }
    assert.equal(existsSync(join(cwd, "calls.txt")), false);
  });
});
