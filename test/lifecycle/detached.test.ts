import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { child, folderWith, HEDDLE } from "../support/child.ts";

/** Tasks that nobody waits for. Each line is written at once, also by a worker that is about to end. */
const TASKS = `
  import { writeSync } from "node:fs";
  import { finish, promise, task } from ${JSON.stringify(HEDDLE)};
  import type { Future, HeddlePromise } from ${JSON.stringify(HEDDLE)};
  const print = (line: string): void => void writeSync(1, line + "\\n");
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const work = (ms: number): void => { const until = performance.now() + ms; while (performance.now() < until); };
  const plainEnds = task(import.meta, (): void => { work(60); print("plain"); });
  const asyncEnds = task(import.meta, async (): Promise<void> => { await sleep(60); print("async"); await sleep(60); print("async again"); });
  const stepsEnd = task(import.meta, function* (): Generator<Future<unknown>, void> { yield* wait.spawn(40); yield* plainEnds.spawn(); print("generator"); });
  const wait = task(import.meta, async (ms: number): Promise<void> => { await sleep(ms); });
  const deep = task(import.meta, async (n: number): Promise<void> => { await sleep(20); print("deep " + n); if (n > 0) deep.spawn(n - 1); });
  const after = task(import.meta, (_: unknown): void => print("after"));
  const takes = task(import.meta, function* (f: Future<number>): Generator<Future<unknown>, void> { print("takes " + (yield* f)); });
  const gives = task(import.meta, async (p: HeddlePromise<number>): Promise<void> => { await sleep(40); p.put(3); });
  export const leaves = {
    plain: task(import.meta, (): string => { plainEnds.spawn(); return "left"; }),
    async: task(import.meta, (): string => { asyncEnds.spawn(); return "left"; }),
    generator: task(import.meta, (): string => { stepsEnd.spawn(); return "left"; }),
    deep: task(import.meta, (): string => { deep.spawn(3); return "left"; }),
    dataflow: task(import.meta, (): string => { after.after(wait.spawn(40)); return "left"; }),
    promise: task(import.meta, (): string => { const p = promise<number>(); takes.spawn(p.future); gives.spawn(p); return "left"; }),
    scope: task(import.meta, (): string => {
      void finish(async () => { await sleep(40); deep.spawn(0); });
      return "left";
    }),
    waitsForEver: task(import.meta, (): string => { takes.spawn(promise<number>().future); return "left"; }),
    waitsForMain: task(import.meta, (f: Future<number>): string => { takes.spawn(f); return "left"; }),
  };
  export const spins = task(import.meta, (): void => { for (;;); });
`;

const LEFT: Record<string, string> = {
  plain: "plain",
  async: "async,async again",
  generator: "plain,generator",
  deep: "deep 3,deep 2,deep 1,deep 0",
  dataflow: "after",
  promise: "takes 3",
  scope: "deep 0",
  waitsForEver: "",
};

describe("tasks that nobody waits for", { timeout: 120_000, concurrency: 2 }, () => {
  for (const workers of [0, 1, 2, 4]) {
    // Each kind alone, so that none keeps the process for another; all together on other numbers of workers.
    const programs = workers === 2 ? Object.keys(LEFT).map((it) => [it]) : [Object.keys(LEFT)];
    for (const names of programs) {
      const what = `${names.length === 1 ? names[0] : "all kinds"}, ${workers} workers`;
      const spawns = names.map((it) => `console.log(await leaves.${it}.spawn());`).join("\n");
      const expected = names.flatMap((it) => ["left", ...LEFT[it]!.split(",").filter((line) => line !== "")]).sort();
      const run = async (t: Parameters<typeof folderWith>[1], main: string): Promise<string[]> => {
        const folder = folderWith({ "tasks.ts": TASKS, "main.ts": main }, t);
        const ended = await child([`${folder}/main.ts`], { env: { HEDDLE_WORKERS: String(workers) } });
        assert.equal(ended.code, 0, ended.stderr);
        assert.equal(ended.stderr, "");
        return ended.stdout.trim().split("\n");
      };

      it(`keep the process: ${what}`, async (t) => {
        const printed = await run(t, `import { leaves } from "./tasks.ts"; ${spawns}`);
        assert.deepEqual(printed.sort(), expected);
      });

      it(`are waited for by stop(): ${what}`, async (t) => {
        const main = `import { start } from ${JSON.stringify(HEDDLE)}; import { leaves } from "./tasks.ts";
          { await using runtime = await start({ workers: ${workers} }); ${spawns} }
          console.log("stopped");`;
        const printed = await run(t, main);
        assert.equal(printed.pop(), "stopped");
        assert.deepEqual(printed.sort(), expected);
      });
    }

    it(`go on with what the main thread puts: ${workers} workers`, async (t) => {
      const main = `import { promise } from ${JSON.stringify(HEDDLE)}; import { leaves } from "./tasks.ts";
        const p = promise<number>();
        console.log(await leaves.waitsForMain.spawn(p.future));
        setTimeout(() => p.put(5), 100);`;
      const folder = folderWith({ "tasks.ts": TASKS, "main.ts": main }, t);
      const ended = await child([`${folder}/main.ts`], { env: { HEDDLE_WORKERS: String(workers) } });
      assert.equal(ended.stdout, "left\ntakes 5\n", ended.stderr);
      assert.equal(ended.code, 0);
    });
  }

  it("do not keep stop() when a cancelled body goes on for ever", async (t) => {
    const main = `import { start } from ${JSON.stringify(HEDDLE)}; import { spins } from "./tasks.ts";
      const runtime = await start({ workers: 2 });
      const future = spins.spawn();
      setTimeout(() => future.cancel(), 50);
      await future.catch((error) => console.log(error.code));
      await runtime.stop();
      console.log("stopped");`;
    const folder = folderWith({ "tasks.ts": TASKS, "main.ts": main }, t);
    const ended = await child([`${folder}/main.ts`], {});
    assert.equal(ended.stdout, "HEDDLE_CANCELLED\nstopped\n", ended.stderr);
  });
});
