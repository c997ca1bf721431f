import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { describe, it, type TestContext } from "node:test";
import { type Future, finish, type Runtime, shared, start } from "heddle";
import { chooseSeed, expectNoLeaks, Random } from "heddle/testing";
import { runtimeProbes } from "../support/leaks.ts";
import * as tasks from "./tasks.ts";

const seed = chooseSeed();
const SEVERAL = [1, 2, 2 * availableParallelism() + 3];

/** A runtime with its own counter, and at the end everything back where it was. */
function onWorkers(
  workers: number,
  body: (runtime: Runtime, counter: Int32Array) => Promise<void>,
): (t: TestContext) => Promise<void> {
  return async () => {
    await using runtime = await start({ workers });
    await runtime.run(async () => {
      await tasks.fib.spawn(10);
      await expectNoLeaks(runtimeProbes(runtime), async () => {
        const counter = shared.int32(1);
        await body(runtime, counter);
        shared.free(counter);
      });
    });
  };
}

describe(`stress (HEDDLE_SEED=${seed})`, { timeout: 110_000 }, () => {
  it(
    "a million tasks through finish, from the main thread",
    onWorkers(2, async () => {
      const sample: [number, Future<number>][] = [];
      await finish(async () => {
        for (let i = 0; i < 1_000_000; i++) {
          const future = tasks.square.spawn(i);
          if (i % 1000 === 7) sample.push([i, future]);
          if (i % 100_000 === 99_999) await new Promise((resolve) => setImmediate(resolve));
        }
      });
      for (const [i, future] of sample) {
        assert.equal(future.status, "fulfilled");
        assert.equal(await future, i * i);
      }
    }),
  );

  it(
    "200,000 tasks that count themselves, from the main thread",
    onWorkers(2, async (_, counter) => {
      await finish(async () => {
        for (let i = 0; i < 200_000; i++) tasks.count.spawn(counter, i);
      });
      assert.equal(counter[0], 200_000);
    }),
  );

  for (const workers of SEVERAL) {
    it(
      `fan-out of 300,000 in one task, ${workers} workers`,
      onWorkers(workers, async (_, counter) => {
        await tasks.fanOut.spawn(counter, 300_000);
        assert.equal(counter[0], 300_000);
      }),
    );

    it(
      `deep recursion, ${workers} workers`,
      onWorkers(workers, async () => {
        assert.equal(await tasks.depth.spawn(1500), 1500);
        assert.equal(await tasks.depthOfGenerators.spawn(30_000), 30_000);
        assert.equal(await tasks.fib.spawn(23), 28_657);
      }),
    );

    it(
      `20,000 small scopes, ${workers} workers`,
      onWorkers(workers, async (_, counter) => {
        await Promise.all([tasks.manyScopes.spawn(counter, 10_000), tasks.manyScopes.spawn(counter, 10_000)]);
        assert.equal(counter[0], 40_000);
      }),
    );

    it(
      `generator tasks that take turns, ${workers} workers`,
      onWorkers(workers, async () => {
        const games = Array.from({ length: 6 }, () => tasks.pingPong.spawn(200));
        for (const it of games) assert.equal(await it, 200);
      }),
    );

    it(
      `spawn storms from async tasks, ${workers} workers`,
      onWorkers(workers, async (_, counter) => {
        const storms = Array.from({ length: 5 }, () => tasks.storm.spawn(counter, 10, 300));
        for (const it of storms) assert.equal(await it, 10 * 8_955_050);
        assert.equal(counter[0], 15_000);
      }),
    );

    it(
      `random trees, ${workers} workers`,
      onWorkers(workers, async () => {
        const random = Random.from(seed);
        const all = Array.from({ length: 30 }, () => ({ root: random.uint32(), levels: 3 + random.below(5) }));
        const counts = all.map(({ root, levels }) => tasks.tree.spawn(root, levels));
        for (const [i, it] of counts.entries()) assert.equal(await it, tasks.leaves(all[i]!.root, all[i]!.levels));
      }),
    );
  }

  it(
    "spawns, cancellations and failures from the main thread, mixed",
    onWorkers(2, async (runtime, counter) => {
      const random = Random.from(seed);
      let done = 0;
      for (let round = 0; round < 60; round++) {
        const futures = Array.from({ length: 200 }, (_, i) =>
          random.below(3) === 0 ? tasks.storm.spawn(counter, 1, 3) : tasks.square.spawn(i),
        );
        for (const it of futures) if (random.below(4) === 0) it.cancel();
        for (const settled of await Promise.allSettled(futures)) {
          if (settled.status === "fulfilled") done++;
          else assert.equal(settled.reason.code, "HEDDLE_CANCELLED");
        }
      }
      assert.ok(done >= 60 * 100);
      await runtime.client?.whenQuiet();
    }),
  );
});
