import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { promise, type Runtime, start, whenAll } from "heddle";
import * as tasks from "./stuck-tasks.ts";

/** Waits on the stack for what only an event loop can bring: with a free worker they end, without one they are given up. */
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const outcome = (it: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(it).catch((error: { code?: string; message: string }) => `${error.code}: ${error.message}`);

async function withWorkers(workers: number, body: (runtime: Runtime) => Promise<void>): Promise<void> {
  await using runtime = await start({ workers });
  await runtime.run(() => body(runtime));
  // Whatever was given up, the runtime goes on.
  assert.deepEqual(await runtime.run(() => whenAll([1, 2, 3].map((n) => tasks.square.spawn(n)))), [1, 4, 9]);
}

describe("a plain task that waits, by way of a generator task, for an async one", { timeout: 120_000 }, () => {
  for (const workers of [0, 1, 2, 4]) {
    it(`one of them, ${workers} workers`, () =>
      withWorkers(workers, async () => {
        const got = await outcome(tasks.joinsIo.spawn(5));
        if (workers > 1) assert.equal(got, 5);
        else assert.match(String(got), /^HEDDLE_STUCK: .*waitsForIo.*\bio\b/);
      }));

    it(`more of them than workers, ${workers} workers`, () =>
      withWorkers(workers, async () => {
        const all = await Promise.all(Array.from({ length: workers * 2 + 1 }, (_, i) => outcome(tasks.joinsIo.spawn(i))));
        all.forEach((got, i) => {
          if (got !== i) assert.match(String(got), /^HEDDLE_STUCK: .*waitsForIo.*\bio\b/);
        });
        if (workers > 1)
          assert.ok(
            all.some((got, i) => got === i),
            "giving one up lets others go on",
          );
      }));

    it(`the error can be caught, ${workers} workers`, () =>
      withWorkers(workers, async () => {
        assert.equal(await tasks.catches.spawn(5), workers > 1 ? "5" : "HEDDLE_STUCK 25");
      }));

    it(`an async task or a promise of the same worker, ${workers} workers`, () =>
      withWorkers(workers, async () => {
        for (const task of [tasks.joins, tasks.finishes]) {
          const own = await outcome(task.spawn(tasks.io.spawn(1)));
          if (own !== 1) assert.match(String(own), /^HEDDLE_STUCK/);
        }
        const it = promise<number>();
        const putter = tasks.putsLater.spawn(it);
        await sleep(20);
        const got = await outcome(tasks.joins.spawn(it.future));
        if (got !== 7) assert.match(String(got), /^HEDDLE_STUCK/);
        await putter;
        const local = await outcome(tasks.ownPromise.spawn());
        if (local !== 7) assert.match(String(local), /^HEDDLE_STUCK/);
      }));
  }

  it("one worker waits for what is spawned later", () =>
    withWorkers(1, async () => {
      const it = promise<number>();
      const waits = tasks.joins.spawn(it.future);
      await sleep(50);
      tasks.puts.spawn(it);
      assert.equal(await waits, 7);
    }));

  it("one worker waits for what the main thread puts", () =>
    withWorkers(1, async () => {
      const it = promise<number>();
      const waits = tasks.joins.spawn(it.future);
      await sleep(1500);
      assert.equal(waits.status, "pending");
      it.put(8);
      assert.equal(await waits, 8);
    }));
});
