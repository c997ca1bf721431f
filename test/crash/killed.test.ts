import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Future, finish, phaser, shared, start } from "heddle";
import { chooseSeed, Random } from "heddle/testing";
import { getPlatform, setPlatform, type Thread } from "../../src/platform/platform.ts";
import { contradictions } from "../../src/shared/heap/check.ts";
import { Control } from "../../src/shared/layout.ts";
import * as tasks from "./killed-tasks.ts";

const seed = chooseSeed();
const KILLS = 20;

/** The threads that are ready, by slot: something outside of the runtime that can end them wherever they are. */
const threads: (Thread | undefined)[] = [];
const platform = getPlatform();
setPlatform({
  ...platform,
  startThread(start, events) {
    const thread = platform.startThread(start, {
      onReady() {
        threads[start.slot] = thread;
        events.onReady();
      },
      onExit(error) {
        threads[start.slot] = undefined;
        events.onExit(error);
      },
    });
    return thread;
  },
});

const turn = (ms = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await turn();
};
const lost = { code: "HEDDLE_WORKER_LOST" };

describe(`a worker is killed from outside (HEDDLE_SEED=${seed})`, { timeout: 100_000 }, () => {
  it("while it holds the heap's lock and others wait for it", async () => {
    await using runtime = await start({ workers: 2 });
    await runtime.run(async () => {
      const flag = shared.int32(2);
      const fails = assert.rejects(tasks.holdsLock.with({ affinity: 0 }).spawn(flag).then(), lost);
      await until(() => Atomics.load(flag, 0) === 1);
      const waiting = tasks.allocates.with({ affinity: 1 }).spawn(flag, 100);
      await until(() => Atomics.load(flag, 1) === 1);
      void threads[1]!.terminate();
      await fails;
      assert.equal(await waiting, 100);
      assert.equal(await tasks.allocates.spawn(flag, 10), 10);
    });
    await runtime.stop(); // else a thread that has taken a dead one's place may be in the midst of a change
    assert.deepEqual(contradictions(runtime.here.mem, Control.HEAP), []);
  });

  it("while it holds the heap's lock and the thread that started the runtime waits for it", async () => {
    await using runtime = await start({ workers: 1 });
    await runtime.run(async () => {
      const flag = shared.int32(2);
      const fails = assert.rejects(tasks.holdsLock.spawn(flag).then(), lost);
      await until(() => Atomics.load(flag, 0) === 1);
      void threads[1]!.terminate();
      const array = shared.float64(100_000);
      const more = Array.from({ length: 100 }, (_, i) => tasks.twice.spawn("x".repeat(2000 + i)));
      await fails;
      for (const [i, it] of more.entries()) assert.equal((await it).length, 2 * (2000 + i));
      shared.free(array);
    });
    await runtime.stop(); // else a thread that has taken a dead one's place may be in the midst of a change
    assert.deepEqual(contradictions(runtime.here.mem, Control.HEAP), []);
  });

  it("by stop(), while it holds the heap's lock: the heap is still there for who has started the runtime", async () => {
    const runtime = await start({ workers: 1 });
    const flag = runtime.run(() => shared.int32(2));
    const holder = runtime.run(() => tasks.holdsLock.spawn(flag));
    await until(() => Atomics.load(flag, 0) === 1);
    holder.cancel();
    await assert.rejects(holder.then(), { code: "HEDDLE_CANCELLED" });
    await runtime.stop();
    assert.ok(runtime.stats().heap.used > 0);
    assert.deepEqual(contradictions(runtime.here.mem, Control.HEAP), []);
  });

  it("at the boundary between two phases: who waits hears of it, and so does who comes later", async () => {
    await using runtime = await start({ workers: 2 });
    await runtime.run(async () => {
      const ph = phaser();
      const dies = tasks.exitsInAction.with({ phased: [ph], affinity: 0 }).spawn(ph);
      const waits = tasks.member.with({ phased: [ph], affinity: 1 }).spawn(ph, 1);
      const hear = [dies, waits].map((it) => assert.rejects(it.then(), lost));
      ph.drop();
      await Promise.all(hear);
      await assert.rejects(tasks.registersLate.spawn(ph).then(), lost);
    });
  });

  it("with or without members of a phaser, of which others have dropped out before they ended", async () => {
    await using runtime = await start({ workers: 1 });
    await runtime.run(async () => {
      const ph = phaser();
      await tasks.dropsOut.with({ phased: [ph] }).spawn(ph);
      await assert.rejects(tasks.exits.spawn().then(), lost);
      assert.equal(await ph.next(), 1);
      await tasks.dropsOut.with({ phased: [ph] }).spawn(ph);
      const waits = tasks.member.with({ phased: [ph] }).spawn(ph, 2);
      assert.equal(await ph.next(), 2);
      await assert.rejects(tasks.exits.spawn().then(), lost);
      await assert.rejects(ph.next().then(), lost);
      await assert.rejects(waits.then(), lost);
    });
  });

  it(`anywhere, ${KILLS} times: every task ends one way or the other, and the heap is whole`, async () => {
    const random = Random.from(seed);
    const workers = 3;
    await using runtime = await start({ workers });
    let kills = 0;
    const killer = setInterval(() => {
      const thread = threads[1 + random.below(workers)];
      if (thread === undefined || kills === KILLS) return;
      kills++;
      void thread.terminate();
    }, 10);
    await runtime.run(async () => {
      while (kills < KILLS) {
        const flag = shared.int32(2);
        const ph = phaser();
        const all: (Future<unknown> | Promise<unknown>)[] = [
          tasks.tree.spawn(10),
          tasks.allocates.spawn(flag, 300),
          tasks.scoped.spawn(20),
          tasks.twice.spawn("x".repeat(random.below(5000))),
          tasks.sleeps.spawn(2),
          ...[10, 10, 10].map((rounds) => tasks.member.with({ phased: [ph] }).spawn(ph, rounds)),
          finish(async () => {
            for (let i = 0; i < 30; i++) tasks.square.spawn(i);
          }),
        ];
        ph.drop();
        for (const it of await Promise.allSettled(all)) {
          if (it.status === "rejected") assert.equal(it.reason.code, lost.code, String(it.reason.stack));
        }
      }
      clearInterval(killer);
      assert.equal(await tasks.square.spawn(7), 49);
    });
    await runtime.stop(); // else a thread that has taken a dead one's place may be in the midst of a change
    assert.deepEqual(contradictions(runtime.here.mem, Control.HEAP), []);
  });
});
