import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { folderWith, heddle } from "../../test/cli/child.ts";
import { faultsOf, linesOf } from "../../test/trace/format.ts";

const PROGRAM = `
  import { finish, mark, parallelFor, shared, span, task } from "${new URL("../index.ts", import.meta.url)}";
  export const fib = task(import.meta, (n: number): number => {
    if (n < 2) return n;
    const left = fib.spawn(n - 1);
    return fib(n - 2) + left.join();
  });
  export const sleepy = task(import.meta, async (ms: number): Promise<number> => {
    const began = Date.now();
    await new Promise((resolve) => setTimeout(resolve, ms));
    return Date.now() - began;
  });
  export const after = task(import.meta, (n: number): number => fib(12) + n);
  export const flows = task(import.meta, function* () {
    const inputs = Array.from({ length: 8 }, () => fib.spawn(14));
    const urgent = inputs.map((it) => after.with({ priority: "high" }).after(it));
    for (const it of urgent) yield* it;
  });
  export const marked = task(import.meta, (): number => {
    mark("here");
    return span("inside", () => fib(15));
  });
  export const endless = task(import.meta, (): void => {
    for (let i = 0; ; i++) {
      fib.spawn(10).join();
      if (i === 1000) process._rawDebug("going on");
    }
  });
  export async function main([what]: string[]) {
    if (what === "endless") {
      await endless.spawn();
    }
    const data = shared.float64(10_000);
    await parallelFor(10_000, (i: number, data: Float64Array) => { data[i] = Math.sqrt(i); }, data);
    await span("the flow", async () => { await flows.spawn(); });
    await span("the async one", async () => { await sleepy.spawn(50); });
    await finish(async () => { for (let i = 0; i < 50; i++) fib.spawn(12); });
    console.log(await fib.spawn(20), await marked.spawn());
  }`;

describe("heddle run --trace", { concurrency: 2 }, () => {
  test("a program's own folders may be called as heddle's are; loops are known by where they are called", async (t) => {
    const cwd = folderWith({ "src/task/prog.ts": PROGRAM }, t);
    assert.equal((await heddle(["run", "src/task/prog.ts", "-w", "2", "--trace", "out.json"], { cwd })).code, 0);
    const { sizes } = JSON.parse((await heddle(["report", "out.json", "--json"], { cwd })).stdout);
    const at = (wanted: string) => sizes.find(({ name }: { name: string }) => name === wanted)?.at;
    assert.deepEqual([at("fib"), at("parallelFor")], ["src/task/prog.ts:3", "src/task/prog.ts:34"]);
  });

  for (const workers of ["0", "2"]) {
    test(`${workers} workers: a file that keeps the format's rules, and a report of it`, async (t) => {
      const cwd = folderWith({ "prog.ts": PROGRAM }, t);
      const run = await heddle(["run", "prog.ts", "-w", workers, "--trace", "out.json"], { cwd });
      assert.deepEqual([run.code, run.stdout], [0, "6765 610\n"], run.stderr);
      assert.match(run.stderr, /Trace: [\d,]+ events, .* in out\.json\.\n/);
      const lines = linesOf(join(cwd, "out.json"));
      assert.deepEqual(faultsOf(lines), []);
      const names = new Set(lines.map((it) => it.name));
      for (const name of ["marked", "sleepy", "here", "inside", "the async one", "heap"])
        assert.ok(names.has(name), `no ${name} in ${[...names]}`);

      const json = await heddle(["report", "out.json", "--json"], { cwd });
      const report = JSON.parse(json.stdout);
      assert.equal(report.complete, true);
      assert.equal(report.workers, Number(workers));
      assert.ok(report.workMs > 0 && report.spanMs > 0 && report.tasks > 1000);
      assert.ok(report.latency.waitedMs > 0, JSON.stringify(report.latency));
      assert.ok(report.sizes.some((it: { name: string; at: string }) => it.name === "fib" && it.at === "prog.ts:3"));

      const text = await heddle(["report", "out.json"], { cwd });
      assert.equal(text.code, 0);
      for (const title of ["How parallel is it?", "The critical path", "Where the workers' time went", "Task sizes", "Advice"])
        assert.ok(text.stdout.includes(title), title);

      const page = await heddle(["report", "out.json", "--html", "out.html"], { cwd });
      assert.deepEqual([page.code, page.stdout], [0, "The report is in out.html.\n"]);
      const over = await heddle(["report", "out.json", "--html", join(cwd, "out.json")], { cwd });
      assert.deepEqual([over.code, over.stdout], [2, ""]);
      assert.match(over.stderr, /--html would write over .*out\.json, which is read/);
      const html = readFileSync(join(cwd, "out.html"), "utf8");
      assert.doesNotMatch(html, /(?:src|href)=/, "the page needs nothing else");

      const predicted = await heddle(["simulate", "out.json", "-w", "1,2,...,8", "--json"], { cwd });
      const list = JSON.parse(predicted.stdout) as { workers: number; predictedMs: number; measuredMs: number | null }[];
      assert.deepEqual(
        list.map((it) => it.workers),
        [1, 2, 4, 8],
      );
      assert.ok(list.every((it) => it.predictedMs > 0));
      assert.ok(list.find((it) => it.workers === Math.max(1, Number(workers)))!.measuredMs! > 0);

      const part = await heddle(["simulate", "out.json", "-w", "1,2", "--span", "the async one", "--slowdown", "1.5", "--json"], {
        cwd,
      });
      const [one] = JSON.parse(part.stdout) as { predictedMs: number; measuredMs: number }[];
      assert.ok(one!.predictedMs >= 40, part.stdout); // it waits for a timer of 50 ms
      const none = await heddle(["simulate", "out.json", "--span", "no such"], { cwd });
      assert.equal(none.code, 2);
      assert.match(none.stderr, /holds no span called "no such"; there are "the flow", "the async one"/);
    });
  }

  test("--trace-detail 0 tells every task apart", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM }, t);
    await heddle(["run", "prog.ts", "-w", "2", "--trace", "out.json", "--trace-detail", "0"], { cwd });
    const lines = linesOf(join(cwd, "out.json"));
    assert.deepEqual(faultsOf(lines), []);
    // Of fib(20) alone, each call that is no leaf spawns one.
    assert.ok(lines.filter((it) => it.ph === "X" && it.name === "fib").length > 10_000);
  });

  test("Ctrl-C leaves a whole file", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM }, t);
    const ended = await heddle(["run", "prog.ts", "-w", "2", "--trace", "out.json", "endless"], {
      cwd,
      onOutput: (printed, send) => {
        if (printed === "going on\n") setTimeout(send, 200, "SIGINT");
      },
    });
    assert.equal(ended.code, 130);
    assert.ok(linesOf(join(cwd, "out.json")).length > 10);
    const report = await heddle(["report", "out.json", "--json"], { cwd });
    const { interrupted, complete, tasks } = JSON.parse(report.stdout);
    assert.deepEqual([interrupted, complete], [true, true]);
    assert.ok(tasks > 100);
  });

  test("a process that is killed leaves a file that can be read, and says so", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM }, t);
    for (const workers of ["0", "2"]) {
      const ended = await heddle(["run", "prog.ts", "-w", workers, "--trace", "out.json", "endless"], {
        cwd,
        onOutput: (printed, send) => {
          if (printed === "going on\n") setTimeout(send, 600, "SIGKILL");
        },
      });
      assert.equal(ended.signal, "SIGKILL");
      assert.ok(statSync(join(cwd, "out.json")).size > 1000);
      const report = await heddle(["report", "out.json"], { cwd });
      assert.equal(report.code, 0, report.stderr);
      assert.match(report.stdout, /the process ended before the trace was complete/);
    }
  });

  test("a program that fails or exits has a whole trace too", async (t) => {
    const fails = PROGRAM.replace(
      "export async function main",
      "export const boom = task(import.meta, (): void => { throw new Error('no'); });\nexport const main = async () => { await fib.spawn(15); await boom.spawn(); };\nasync function unused",
    );
    const exits = PROGRAM.replace(
      "export async function main",
      "export const main = async () => { await fib.spawn(15); process.exit(7); };\nasync function unused",
    );
    const cwd = folderWith({ "fails.ts": fails, "exits.ts": exits }, t);
    for (const [file, code] of [
      ["fails.ts", 1],
      ["exits.ts", 7],
    ] as const) {
      const run = await heddle(["run", file, "-w", "2", "--trace", "out.json"], { cwd });
      assert.equal(run.code, code, run.stderr);
      assert.deepEqual(faultsOf(linesOf(join(cwd, "out.json"))), []);
      assert.equal(JSON.parse((await heddle(["report", "out.json", "--json"], { cwd })).stdout).complete, true);
    }
  });

  test("what is wrong is told in one message", async (t) => {
    const cwd = folderWith(
      { "prog.ts": PROGRAM, "text.txt": "hello", "list.json": "[1, 2]", "chrome.json": '[{"ph":"X","name":"a"}]' },
      t,
    );
    writeFileSync(join(cwd, "empty.json"), "");
    const cases: [string[], RegExp][] = [
      [["report", "none.json"], /There is no file none\.json\. A trace is made by/],
      [["report", "."], /is no file/],
      [["report", "text.txt"], /text\.txt is no trace/],
      [["report", "empty.json"], /is no trace/],
      [["report", "list.json"], /is a trace, but none of heddle/],
      [["simulate", "chrome.json"], /is a trace, but none of heddle/],
      [["simulate", "chrome.json", "-w", "1,x"], /It is a list of whole numbers/],
      [["simulate", "chrome.json", "--steal-cost", "fast"], /It is a time/],
      [["run", "prog.ts", "--trace", "no/such/folder/out.json"], /The trace cannot be written to no\/such\/folder\/out\.json/],
      [["run", "prog.ts", "--trace-detail", "much"], /It is a time, as 20us or 1ms/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await heddle(args, { cwd });
      assert.equal(code, 2, args.join(" "));
      assert.match(stderr, message);
    }
  });
});
