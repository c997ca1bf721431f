import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type Future, finish, type Runtime, shared, start } from "heddle";
import { workerProbe } from "heddle/testing";
import { child, folderWith, HEDDLE } from "../support/child.ts";
import { runtimeProbes } from "../support/leaks.ts";
import * as tasks from "./tasks.ts";

const { square } = tasks;
const threads = workerProbe();

async function errorOf(future: PromiseLike<unknown>): Promise<Error & { code: string }> {
  return await future.then(
    (value) => assert.fail(`expected a failure, got ${String(value)}`),
    (error: Error & { code: string }) => error,
  );
}

const lost = async (future: PromiseLike<unknown>): Promise<Error> => {
  const error = await errorOf(future);
  assert.equal(error.code, "HEDDLE_WORKER_LOST", String(error.stack));
  return error;
};

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
};

/** Starts a runtime that the test's end stops; everything else that the test leaves behind fails it. */
async function runtimeOf(t: TestContext, workers: number): Promise<Runtime> {
  const runtime = await start({ workers });
  t.after(() => runtime.stop());
  assert.equal(await runtime.run(() => square.spawn(3)), 9);
  return runtime;
}

async function replaced(workers: number): Promise<void> {
  await until(() => threads.read() === workers);
}

describe("a worker dies", { timeout: 300_000 }, () => {
  for (const workers of [1, 2, 4]) {
    it(`process.exit in a task, ${workers} workers: the task fails, the worker is replaced`, async (t) => {
      const runtime = await runtimeOf(t, workers);
      await runtime.run(async () => {
        for (let i = 0; i < 3; i++) {
          const error = await lost(tasks.exits.spawn(i));
          assert.match(error.message, /died/);
          assert.equal(await square.spawn(i), i * i);
        }
      });
      await replaced(workers);
    });
  }

  it("an uncaught exception in a callback: the cause is told", async (t) => {
    const runtime = await runtimeOf(t, 2);
    await runtime.run(async () => {
      const error = await lost(tasks.throwsLater.spawn());
      assert.ok(error.cause instanceof RangeError);
      assert.equal(error.cause.message, "in a callback");
      assert.equal(await square.spawn(4), 16);
    });
  });

  it("tasks of other workers go on", async (t) => {
    const runtime = await runtimeOf(t, 2);
    const flag = runtime.run(() => shared.int32(2));
    await runtime.run(async () => {
      const waiting = tasks.spinsUntil.with({ affinity: 0 }).spawn(flag);
      await until(() => Atomics.load(flag, 1) === 1);
      await lost(tasks.exits.with({ affinity: 1 }).spawn(0));
      assert.equal(waiting.status, "pending");
      Atomics.store(flag, 0, 1);
      assert.equal(await waiting, 7);
      shared.free(flag);
    });
  });

  it("suspended tasks of the same worker are lost with it", async (t) => {
    const runtime = await runtimeOf(t, 1);
    await runtime.run(async () => {
      const flag = shared.int32(2);
      const all = Array.from({ length: 5 }, () => tasks.waitsFor.spawn(flag));
      await until(() => Atomics.load(flag, 1) === 5);
      await lost(tasks.exits.spawn(0));
      for (const it of all) await lost(it);
      shared.free(flag);
    });
  });

  it("tasks that were sent to the dead worker run on the one that replaces it", async (t) => {
    const runtime = await runtimeOf(t, 1);
    await runtime.run(async () => {
      const flag = shared.int32(2);
      const spinning = tasks.spinsUntil.spawn(flag);
      await until(() => Atomics.load(flag, 1) === 1);
      const dying = tasks.exits.with({ affinity: 0 }).spawn(1);
      const waiting = Array.from({ length: 20 }, (_, i) => square.with({ affinity: 0 }).spawn(i));
      Atomics.store(flag, 0, 1);
      assert.equal(await spinning, 7);
      await lost(dying);
      assert.deepEqual(
        await Promise.all(waiting),
        waiting.map((_, i) => i * i),
      );
      shared.free(flag);
    });
  });

  it("whoever waits for a lost task hears of it: join, finish, yield*", async (t) => {
    const runtime = await runtimeOf(t, 2);
    await runtime.run(async () => {
      for (const it of [tasks.joinsLost, tasks.finishLost, tasks.yieldsLost]) {
        // On worker 0 with the child sent to worker 1.
        const spawned = it.with({ affinity: 0 }).spawn(1) as Future<string>;
        assert.equal(await spawned, "HEDDLE_WORKER_LOST", it.taskName);
      }
    });
  });

  it("a finish scope of the main thread ends, with the failure", async (t) => {
    const runtime = await runtimeOf(t, 2);
    await runtime.run(async () => {
      const all: Future<number>[] = [];
      await lost(
        finish(async () => {
          for (let i = 0; i < 50; i++) all.push(square.spawn(i));
          tasks.exits.spawn(1);
        }),
      );
      assert.ok(all.every((it) => it.status !== "pending"));
    });
  });

  it("what a dead worker had handed out runs, or is gone, and no cell stays taken", async (t) => {
    const runtime = await runtimeOf(t, 3);
    await runtime.run(async () => {
      const inUse = runtimeProbes(runtime).find((probe) => probe.name === "cells in use")!;
      for (let i = 0; i < 5; i++) {
        const counter = shared.int32(1);
        await lost(tasks.orphans.spawn(counter, 60));
        assert.equal(await square.spawn(5), 25);
        await until(() => inUse.read() === 0);
      }
    });
  });

  it("10 deaths among 2,000 tasks: each task ends one way or the other", async (t) => {
    const runtime = await runtimeOf(t, 2);
    await runtime.run(async () => {
      const all = Array.from({ length: 2000 }, (_, i) => (i % 200 === 199 ? tasks.exits.spawn(i) : square.spawn(i)));
      let deaths = 0;
      for (const [i, settled] of (await Promise.allSettled(all)).entries()) {
        if (settled.status === "fulfilled") assert.equal(settled.value, i * i);
        else {
          assert.equal(settled.reason.code, "HEDDLE_WORKER_LOST");
          deaths++;
        }
      }
      assert.ok(deaths >= 10);
      assert.equal(await square.spawn(5), 25);
    });
  });

  it("out of memory", async (t) => {
    const folder = folderWith(
      {
        "main.ts": `
          import { task, start } from ${JSON.stringify(HEDDLE)};
          const grows = task(import.meta, function grows(): number {
            const all: string[][] = [];
            for (let i = 0; ; i++) all.push(Array.from({ length: 10_000 }, (_, k) => "x" + i + k));
          });
          const square = task(import.meta, function square(n: number): number { return n * n; });
          if (import.meta.main) {
            await using runtime = await start({ workers: 2 });
            try {
              await grows.spawn();
            } catch (error) {
              console.log((error as { code: string }).code, ((error as Error).cause as { code?: string }).code);
            }
            console.log(await square.spawn(5));
          }
        `,
      },
      t,
    );
    const { stdout, stderr, code } = await child(["--max-old-space-size=64", `${folder}/main.ts`]);
    assert.equal(stdout, "HEDDLE_WORKER_LOST ERR_WORKER_OUT_OF_MEMORY\n25\n", stderr);
    assert.equal(code, 0);
  });
});

describe("a worker that cannot start", { timeout: 300_000 }, () => {
  it("fails what waits for it instead of waiting for ever", async (t) => {
    const folder = folderWith(
      {
        "break.mjs": `
          import { isMainThread } from "node:worker_threads";
          if (!isMainThread) throw new Error("no workers today");
        `,
        "main.ts": `
          import { task } from ${JSON.stringify(HEDDLE)};
          const square = task(import.meta, function square(n: number): number { return n * n; });
          if (import.meta.main) {
            try {
              await square.spawn(5);
            } catch (error) {
              console.log((error as { code: string }).code, (error as Error).message);
            }
          }
        `,
      },
      t,
    );
    const { stdout, stderr, code } = await child(["--import", `${folder}/break.mjs`, `${folder}/main.ts`]);
    assert.match(stdout, /^HEDDLE_WORKER_LOST .*no workers today/, stderr);
    assert.equal(code, 0);
  });

  it("a module that fails in workers only fails its tasks, and no others", async (t) => {
    const folder = folderWith(
      {
        "broken.ts": `
          import { isMainThread } from "node:worker_threads";
          import { task } from ${JSON.stringify(HEDDLE)};
          export const triple = task(import.meta, function triple(n: number): number { return n * 3; });
          if (!isMainThread) throw new Error("broken here");
        `,
        "main.ts": `
          import { task } from ${JSON.stringify(HEDDLE)};
          import { triple } from "./broken.ts";
          const square = task(import.meta, function square(n: number): number { return n * n; });
          export async function main() {
            for (let i = 0; i < 2; i++) {
              try {
                console.log(await triple.spawn(5));
              } catch (error) {
                console.log((error as { code: string }).code, ((error as Error).cause as Error).message);
              }
              console.log(await square.spawn(5));
            }
          }
        `,
        "start.ts": `import { main } from "./main.ts"; await main();`,
        "only.ts": `
          import { task } from ${JSON.stringify(HEDDLE)};
          export const square = task(import.meta, function square(n: number): number { return n * n; });
        `,
        "apart.ts": `
          import { triple } from "./broken.ts";
          import { square } from "./only.ts";
          for (let i = 0; i < 2; i++) {
            await triple.spawn(5).catch((error) => console.log(error.code, error.cause.message));
            console.log(await square.spawn(5));
          }
        `,
      },
      t,
    );
    const { stdout, stderr } = await child([`${folder}/apart.ts`]);
    assert.equal(stdout, "HEDDLE_MODULE_IMPORT broken here\n25\n".repeat(2), stderr);
  });
});

describe("stop", { timeout: 300_000 }, () => {
  it("waits for what is out", async () => {
    const runtime = await start({ workers: 2 });
    const slow = runtime.run(() => Array.from({ length: 10 }, () => tasks.sleepsFirst.spawn(20)));
    await runtime.stop();
    assert.ok(slow.every((it) => it.status === "fulfilled"));
    assert.throws(() => runtime.run(() => square.spawn(1)), { code: "HEDDLE_STOPPED" });
    await until(() => threads.read() === 0);
  });

  it("ends the thread of a cancelled task that never ends", async () => {
    for (const when of ["before", "after"]) {
      const runtime = await start({ workers: 2 });
      const never = await runtime.run(async () => {
        const flag = shared.int32(2);
        const it = { future: tasks.spinsUntil.spawn(flag) };
        await until(() => Atomics.load(flag, 1) === 1);
        return it;
      });
      if (when === "before") never.future.cancel();
      const stopping = runtime.stop();
      if (when === "after") setTimeout(() => never.future.cancel(), 5);
      assert.equal((await errorOf(never.future)).code, "HEDDLE_CANCELLED");
      await stopping;
      await until(() => threads.read() === 0);
    }
  });

  it("at once after start, twice, and with nothing ever spawned", async () => {
    const runtime = await start({ workers: 2 });
    await Promise.all([runtime.stop(), runtime.stop()]);
    await until(() => threads.read() === 0);
  });
});
