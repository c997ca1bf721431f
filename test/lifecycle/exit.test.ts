import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { child, folderWith, HEDDLE } from "../support/child.ts";

const TASKS = `
  import { task } from ${JSON.stringify(HEDDLE)};
  export const square = task(import.meta, (n: number): number => n * n);
  export const fails = task(import.meta, (text: string): number => { throw new RangeError(text); });
  export const sleeps = task(import.meta, async (ms: number): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    console.log("slept");
    return ms;
  });
  export const spins = task(import.meta, (): number => { for (;;); });
`;

describe("a program ends", { timeout: 60_000, concurrency: 2 }, () => {
  const cases: { name: string; main: string; stdout: string; code?: number; stderr?: RegExp; env?: Record<string, string> }[] = [
    {
      name: "when it has awaited its tasks",
      main: `import { square } from "./tasks.ts"; console.log(await square.spawn(7));`,
      stdout: "49\n",
    },
    { name: "when it never spawns", main: `import "./tasks.ts"; console.log("nothing");`, stdout: "nothing\n" },
    {
      name: "when it has started a runtime and never uses it",
      main: `import { start } from "heddle-here"; const runtime = await start({ workers: 2 }); console.log(runtime.workers);`,
      stdout: "2\n",
    },
    {
      name: "only when a task has ended that nobody awaits",
      main: `import { sleeps } from "./tasks.ts"; sleeps.spawn(100); console.log("end of main");`,
      stdout: "end of main\nslept\n",
    },
    {
      name: "when dataflow that waits is cancelled",
      main: `import { promise } from "heddle-here"; import { square } from "./tasks.ts";
        const waits = square.after(promise<number>().future);
        setTimeout(() => console.log(waits.cancel()), 50);`,
      stdout: "true\n",
    },
    {
      name: "though a timer-free runtime is idle between its tasks",
      main: `import { square } from "./tasks.ts";
        console.log(await square.spawn(2));
        setTimeout(async () => console.log(await square.spawn(3)), 50);`,
      stdout: "4\n9\n",
    },
    {
      name: "though somebody waits for a promise that nobody puts",
      main: `import { promise } from "heddle-here"; import { square } from "./tasks.ts";
        console.log(await square.spawn(2));
        void promise<number>().future.then(() => console.log("never"));`,
      stdout: "4\n",
    },
    {
      name: "serial, the same",
      main: `import { sleeps, square } from "./tasks.ts"; sleeps.spawn(20); console.log(await square.spawn(7));`,
      stdout: "49\nslept\n",
      env: { HEDDLE_WORKERS: "0" },
    },
    {
      name: "with an error when a failure is never looked at",
      main: `import { fails } from "./tasks.ts"; fails.spawn("unseen"); setTimeout(() => console.log("not reached"), 5000);`,
      stdout: "",
      code: 1,
      stderr: /RangeError: unseen[\s\S]*spawned at[\s\S]*main\.ts:1/,
    },
    {
      name: "with an error when a failure is never looked at, serial",
      main: `import { fails } from "./tasks.ts"; fails.spawn("unseen"); setTimeout(() => console.log("not reached"), 5000);`,
      stdout: "",
      code: 1,
      stderr: /RangeError: unseen/,
      env: { HEDDLE_WORKERS: "0" },
    },
    {
      name: "with an error when a task's child fails and the task does not look",
      main: `import { task } from "heddle-here"; import { fails } from "./tasks.ts";
        const parent = task(import.meta, () => { fails.spawn("a child's"); return 1; });
        if (import.meta.main) { console.log(await parent.spawn()); setTimeout(() => console.log("not reached"), 5000); }`,
      stdout: "1\n",
      code: 1,
      stderr: /RangeError: a child's/,
    },
    {
      name: "as it would otherwise when a failure is looked at in the same turn",
      main: `import { fails } from "./tasks.ts";
        const future = fails.spawn("seen");
        await future.catch((error) => console.log(error.message));
        console.log(future.status);`,
      stdout: "seen\nfailed\n",
    },
    {
      name: "with as many workers as HEDDLE_WORKERS says",
      main: `import { stats } from "heddle-here"; import { square } from "./tasks.ts"; await square.spawn(1); console.log(stats()?.workers);`,
      stdout: "3\n",
      env: { HEDDLE_WORKERS: "3" },
    },
    {
      name: "when HEDDLE_WORKERS is no number, with an error that says so",
      main: `import { square } from "./tasks.ts"; await square.spawn(1);`,
      stdout: "",
      code: 1,
      stderr: /HEDDLE_WORKERS is "many"[\s\S]*HEDDLE_USAGE/,
      env: { HEDDLE_WORKERS: "many" },
    },
    {
      name: "by process.exit while tasks run",
      main: `import { spins } from "./tasks.ts"; spins.spawn(); setTimeout(() => process.exit(5), 200);`,
      stdout: "",
      code: 5,
    },
  ];
  for (const { name, main, stdout, code = 0, stderr, env = { HEDDLE_WORKERS: "2" } } of cases) {
    it(name, async (t) => {
      const text = main.replaceAll('"heddle-here"', JSON.stringify(HEDDLE));
      const folder = folderWith({ "tasks.ts": TASKS, "main.ts": text }, t);
      const ended = await child([`${folder}/main.ts`], { env });
      assert.equal(ended.stdout, stdout, ended.stderr);
      assert.equal(ended.code, code, ended.stderr);
      if (stderr === undefined) assert.equal(ended.stderr, "");
      else assert.match(ended.stderr, stderr);
    });
  }

  it("by Ctrl-C while tasks run", async (t) => {
    const main = `import { spins } from "./tasks.ts"; spins.spawn(); console.log("running");`;
    const folder = folderWith({ "tasks.ts": TASKS, "main.ts": main }, t);
    const ended = await child([`${folder}/main.ts`], {
      env: { HEDDLE_WORKERS: "2" },
      onOutput: (printed, send) => {
        if (printed.includes("running")) send("SIGINT");
      },
    });
    assert.equal(ended.signal, "SIGINT");
    assert.equal(ended.stdout, "running\n");
  });
});
