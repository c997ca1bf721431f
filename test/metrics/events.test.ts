import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it, type TestContext } from "node:test";
import { shared, start, whenAll } from "heddle";
import { dies, fails, square, waits } from "./tasks.ts";

interface Told {
  readonly event: string;
  readonly [field: string]: unknown;
}

const NAMES = ["runtime:start", "runtime:stop", "worker:start", "worker:lost", "task:spawn", "task:end", "failure:unhandled"];

/** What is told while the test runs. */
function listen(t: TestContext, names: readonly string[] = NAMES): Told[] {
  const told: Told[] = [];
  for (const name of names) {
    const note = (message: unknown): void => void told.push({ event: name, ...(message as object) });
    subscribe(`heddle:${name}`, note);
    t.after(() => void unsubscribe(`heddle:${name}`, note));
  }
  return told;
}

describe("events", { timeout: 60_000 }, () => {
  for (const workers of [0, 1, 2]) {
    it(`of a runtime and its tasks, ${workers} workers`, async (t) => {
      const told = listen(t);
      const runtime = await start({ workers });
      await runtime.run(async () => {
        assert.equal(await square.spawn(3), 9);
        await assert.rejects(() => fails.spawn(), { code: "TOO_BIG" });
        const cancelled = square.with({ name: "never" }).spawn(4);
        cancelled.cancel();
        await assert.rejects(() => cancelled, { code: "HEDDLE_CANCELLED" });
      });
      await runtime.stop();
      const of = (event: string): Told[] => told.filter((it) => it.event === event);
      assert.deepEqual(
        [of("runtime:start"), of("runtime:stop")].map((them) => them.map((it) => [it.name, it.runtime === runtime])),
        [[[runtime.name, true]], [[runtime.name, true]]],
      );
      assert.deepEqual(
        of("worker:start")
          .map((it) => it.worker)
          .toSorted(),
        Array.from({ length: workers }, (_, i) => i + 1),
      );
      assert.deepEqual(
        of("task:spawn").map((it) => it.name),
        ["square", "fails", "never"],
      );
      const ends = of("task:end");
      assert.deepEqual(
        ends.map((it) => [it.name, it.status, (it.error as { code?: string } | undefined)?.code]),
        [
          ["square", "fulfilled", undefined],
          ["fails", "failed", "TOO_BIG"],
          ["never", "cancelled", "HEDDLE_CANCELLED"],
        ],
      );
      assert.deepEqual(
        ends.map((it) => it.id),
        of("task:spawn").map((it) => it.id),
      );
      for (const end of ends) assert.ok((end.durationMs as number) >= 0 && end.runtime === runtime);
      assert.deepEqual(of("failure:unhandled"), []);
    });
  }

  it("each of very many tasks, which are not sent in bundles then", async (t) => {
    await using runtime = await start({ workers: 2 });
    const told = listen(t, ["task:spawn", "task:end"]);
    await runtime.run(async () => {
      const all = Array.from({ length: 3000 }, (_, i) => square.spawn(i));
      assert.deepEqual(
        await whenAll(all),
        Array.from(all, (_, i) => i * i),
      );
    });
    for (const event of ["task:spawn", "task:end"]) {
      assert.equal(new Set(told.filter((it) => it.event === event).map((it) => it.id)).size, 3000);
    }
  });

  it("a worker that dies", async (t) => {
    const told = listen(t, ["worker:lost", "worker:start"]);
    await using runtime = await start({ workers: 1 });
    await runtime.run(async () => {
      await assert.rejects(() => dies.spawn(), { code: "HEDDLE_WORKER_LOST" });
      assert.equal(await square.spawn(5), 25);
    });
    while (told.length < 3) await new Promise((resolve) => setTimeout(resolve, 5)); // the news of the new thread may come behind its work
    assert.deepEqual(
      told.map((it) => [it.event, it.worker]),
      [
        ["worker:start", 1],
        ["worker:lost", 1],
        ["worker:start", 1],
      ],
    );
    assert.equal(runtime.stats().lost, 1);
  });

  it("a failure that nobody looks at is told, whether or not tasks are watched, and reported as ever", async (t) => {
    await using runtime = await start({ workers: 1 });
    for (const names of [["failure:unhandled"], NAMES]) {
      const told = listen(t, names);
      const { promise, resolve } = Promise.withResolvers<unknown>();
      const listeners = process.listeners("unhandledRejection");
      process.removeAllListeners("unhandledRejection");
      process.once("unhandledRejection", resolve);
      runtime.run(() => void fails.spawn());
      assert.equal(((await promise) as { code: string }).code, "TOO_BIG");
      for (const listener of listeners) process.on("unhandledRejection", listener);
      const unhandled = told.filter((it) => it.event === "failure:unhandled");
      assert.deepEqual(
        unhandled.map((it) => (it.error as { code: string }).code),
        ["TOO_BIG"],
      );
    }
  });
});

describe("stats", { timeout: 60_000 }, () => {
  it("says what goes on now", async () => {
    await using runtime = await start({ workers: 1 });
    await runtime.run(async () => {
      const flag = shared.int32(1);
      const all = [waits.spawn(flag), square.spawn(1), square.spawn(2)];
      let stats = runtime.stats();
      // The worker has taken one of them, and the other two lie in the ring.
      while (stats.idle > 0 || stats.stealable !== 2) {
        await new Promise((resolve) => setImmediate(resolve));
        stats = runtime.stats();
      }
      assert.deepEqual([stats.outstanding, stats.idle, stats.lost], [3, 0, 0]);
      flag[0] = 1;
      Atomics.notify(flag, 0);
      await whenAll(all);
      while (stats.idle === 0 || stats.executed < 3) {
        await new Promise((resolve) => setImmediate(resolve));
        stats = runtime.stats();
      }
      assert.deepEqual([stats.outstanding, stats.stealable, stats.executed], [0, 0, 3]);
    });
  });
});
