import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { child, folderWith, heddle } from "../../test/cli/child.ts";

const SKIP = process.platform === "win32" ? "Windows has no signals between processes" : false;
const ENDLESS = "export const main = () => { console.log('ready'); return new Promise(() => setInterval(() => {}, 1000)); };";

// Sends the n-th signal when the output matches the n-th pattern.
function sending(...steps: [RegExp, NodeJS.Signals][]) {
  return (printed: string, send: (signal: NodeJS.Signals) => void) => {
    while (steps.length > 0 && steps[0][0].test(printed)) send(steps.shift()![1]);
  };
}

describe("signals", { concurrency: true, skip: SKIP }, () => {
  for (const [signal, code, word] of [
    ["SIGINT", 130, "Interrupted"],
    ["SIGTERM", 143, "Terminated"],
  ] as const) {
    test(`${signal} stops the workers and ends with ${code}`, async (t) => {
      const cwd = folderWith({ "prog.mjs": ENDLESS }, t);
      const ended = await heddle(["run", "prog.mjs"], { cwd, onOutput: sending([/ready/, signal]) });
      assert.equal(ended.code, code);
      assert.match(ended.stderr, new RegExp(`${word}\\. Stopping the workers`));
    });
  }

  test("a program that handles the signal keeps it", async (t) => {
    const own = "process.on('SIGINT', () => { console.log('own'); process.exit(5); });";
    const cwd = folderWith({ "prog.mjs": own + ENDLESS }, t);
    const ended = await heddle(["run", "prog.mjs"], { cwd, onOutput: sending([/ready/, "SIGINT"]) });
    assert.deepEqual([ended.code, ended.stdout, ended.stderr], [5, "ready\nown\n", ""]);
  });

  test("serial mode: the system ends the process, even in a loop", async (t) => {
    const cwd = folderWith({ "prog.mjs": "console.log('ready'); for (;;);" }, t);
    const ended = await heddle(["run", "prog.mjs", "-w", "0"], { cwd, onOutput: sending([/ready/, "SIGINT"]) });
    assert.equal(ended.signal, "SIGINT");
  });

  test("workers in endless loops end with the rest", async (t) => {
    const program = `
      import { task } from "${new URL("../index.ts", import.meta.url)}";
      export const loop = task(import.meta, (): never => { console.log("ready"); for (;;); });
      export const main = () => Promise.all([loop.spawn(), loop.spawn(), loop.spawn()]);`;
    const cwd = folderWith({ "prog.ts": program }, t);
    const ended = await heddle(["run", "prog.ts", "-w", "1", "--stats"], { cwd, onOutput: sending([/ready/, "SIGINT"]) });
    assert.equal(ended.code, 130);
    assert.match(
      ended.stderr,
      /Interrupted while main waited for 3 tasks(; at least \d+ tasks? had begun)?\. Stopping[\s\S]*worker 1 [\s\S]*Heap: /,
    );
    assert.doesNotMatch(ended.stderr, /failed/);
  });

  // A runtime whose workers cannot be stopped.
  const STUBBORN = `
    import { endOnSignals } from "${new URL("signals.ts", import.meta.url)}";
    const runtime = { stats: () => ({ executed: 1300 }), outstanding: () => 58, halt: () => new Promise(() => {}) };
    endOnSignals(runtime, () => console.error("interrupted"), () => console.error("report"));
    process.on("exit", () => console.log("exit"));
    setInterval(() => {}, 1000);
    console.log("ready");`;

  test("the first Ctrl-C says what it interrupts, the second ends at once", async (t) => {
    const cwd = folderWith({ "prog.mjs": STUBBORN }, t);
    const onOutput = sending([/ready/, "SIGINT"], [/Stopping/, "SIGINT"]);
    const ended = await child([join(cwd, "prog.mjs")], { onOutput });
    assert.match(
      ended.stderr,
      /Interrupted while main waited for 58 tasks; at least 1,300 tasks had begun\. Stopping the workers\. Ctrl-C again/,
    );
    assert.equal(ended.signal, "SIGINT");
    assert.doesNotMatch(ended.stdout + ended.stderr, /exit|report/);
  });
});
