import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Future, type HeddlePromise, promise, start, whenAll, whenAny } from "heddle";
import { suiteRuntime } from "../support/suite-runtime.ts";
import * as tasks from "./shared-tasks.ts";

for (const workers of [0, 1, 2, 4]) {
  suite(`futures that cross, ${workers} workers`, () => {
    const on = suiteRuntime(workers);

    test(
      "a pending future as argument, to generator and async tasks",
      on(async () => {
        const future = tasks.triple.spawn(7);
        const readers = [tasks.readIt.spawn(future, 1), tasks.readAsync.spawn(future, 2), tasks.readIt.spawn(future, 3)];
        assert.deepEqual(await whenAll(readers), [22, 23, 24]);
        assert.equal(await future, 21);
      }),
    );

    test(
      "a settled future as argument, fulfilled, failed and cancelled",
      on(async () => {
        const future = tasks.triple.spawn(1);
        await future;
        assert.equal(await tasks.readIt.spawn(future, 1), 4);
        assert.equal(await tasks.statusOf.spawn(future), "fulfilled");
        assert.equal(await tasks.joinIt.spawn(future), 3);
        const failed = tasks.boom.spawn("sorry");
        await assert.rejects(failed.then(), RangeError);
        await assert.rejects(tasks.readAsync.spawn(failed, 1).then(), { name: "RangeError", message: "sorry" });
        const cancelled = promise<number>().future;
        cancelled.cancel("enough");
        await assert.rejects(tasks.readIt.spawn(cancelled, 1).then(), { code: "HEDDLE_CANCELLED" });
        assert.equal(await tasks.statusOf.spawn(cancelled), "cancelled");
      }),
    );

    test(
      "a failure arrives with class and message",
      on(async () => {
        const future = tasks.boom.spawn("later");
        await assert.rejects(tasks.readIt.spawn(future, 1).then(), { name: "RangeError", message: "later" });
      }),
    );

    test(
      "a promise is put by a task, failed by a task",
      on(async () => {
        const p = promise<number>();
        const reader = tasks.readIt.spawn(p.future, 1);
        assert.equal(await tasks.putIt.spawn(p as HeddlePromise<number>, 5), "put");
        assert.equal(await reader, 6);
        assert.equal(await p.future, 5);
        const q = promise<number>();
        const other = assert.rejects(tasks.readAsync.spawn(q.future, 1).then(), RangeError);
        const failed = assert.rejects(q.future.then(), RangeError);
        await tasks.failIt.spawn(q as HeddlePromise<unknown>, "no");
        await other;
        await failed;
      }),
    );

    test(
      "of several putters one wins, the others get HEDDLE_PROMISE_SETTLED",
      on(async () => {
        for (let round = 0; round < 20; round++) {
          const p = promise<number>();
          const outcomes = await whenAll([1, 2, 3, 4].map((n) => tasks.putIt.spawn(p as HeddlePromise<number>, n)));
          assert.equal(outcomes.filter((it) => it === "put").length, 1, `round ${round}: ${outcomes}`);
          assert.ok(outcomes.every((it) => it === "put" || it === "HEDDLE_PROMISE_SETTLED"));
          assert.equal(await p.future, outcomes.indexOf("put") + 1);
          assert.throws(() => p.put(9), { code: "HEDDLE_PROMISE_SETTLED" });
        }
      }),
    );

    test(
      "one future twice in a message is one future on arrival",
      on(async () => {
        const future = tasks.triple.spawn(2);
        assert.equal(await tasks.sameTwice.spawn(future, { inner: [future] }), 6);
        await future;
        assert.equal(await tasks.sameTwice.spawn(future, { inner: [future] }), 6);
      }),
    );

    test(
      "a future and a promise as results",
      on(async () => {
        const { future } = await tasks.makesFuture.spawn(4);
        assert.equal(await future, 12);
        const { p } = await tasks.makesPromise.spawn();
        const reader = tasks.readIt.spawn(p.future, 1);
        p.put(1);
        assert.equal(await reader, 2);
        assert.equal(p.future.status, "fulfilled");
      }),
    );

    test(
      "combinators and dataflow over futures from elsewhere",
      on(async () => {
        const p = promise<number>();
        const q = promise<number>();
        const both = whenAll([p.future, q.future]);
        const any = whenAny([p.future, q.future]);
        const sum = tasks.sumOf.spawn([p.future, q.future, any]);
        const next = tasks.triple.after(q.future);
        await tasks.putIt.spawn(p as HeddlePromise<number>, 10);
        await tasks.putIt.spawn(q as HeddlePromise<number>, 20);
        assert.deepEqual(await both, [10, 20]);
        assert.equal(await any, 10);
        assert.equal(await sum, 40);
        assert.equal(await next, 60);
      }),
    );

    test(
      "a value that holds a pending future, put into a promise with several readers",
      on(async () => {
        const p = promise<{ inner: Future<number> }>();
        const readers = [tasks.readInner.spawn(p.future), tasks.readInner.spawn(p.future)];
        const inner = tasks.triple.spawn(5);
        await tasks.putIt.spawn(p as unknown as HeddlePromise<unknown>, { inner } as unknown);
        assert.equal(await (await p.future).inner, 15);
        assert.deepEqual(await whenAll(readers), [15, 15]);
      }),
    );

    test(
      "a long ring of promises over all workers",
      on(async () => {
        assert.equal(await tasks.ring.spawn(200), 200);
      }),
    );

    test(
      "cancelling a promise's future from a task reaches every reader",
      on(async () => {
        const p = promise<number>();
        const reader = tasks.readIt.spawn(p.future, 1);
        assert.equal(await tasks.cancelIt.spawn(p.future, "enough"), true);
        await assert.rejects(reader.then(), { code: "HEDDLE_CANCELLED" });
        p.put(3); // who puts too late into what nobody wants is not to blame
      }),
    );
  });
}

suite("futures that cross, threads only", () => {
  test("join of a future that is not one's own says what to do instead", async () => {
    await using rt = await start({ workers: 2 });
    await rt.run(async () => {
      const p = promise<number>();
      await assert.rejects(tasks.joinIt.spawn(p.future).then(), {
        code: "HEDDLE_JOIN_NOT_OWN",
        message: /joinIt cannot join promise, which it did not spawn.*yield\* future.*await future.*next\.after/s,
      });
    });
  });

  test("cancelling a running task's future from another thread stops the task", async () => {
    await using rt = await start({ workers: 2 });
    await rt.run(async () => {
      const seen = tasks.flags();
      const running = tasks.untilCancelled.spawn(seen);
      while (Atomics.load(seen, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      assert.equal(await tasks.cancelIt.spawn(running, "enough"), true);
      await assert.rejects(running.then(), { code: "HEDDLE_CANCELLED" });
      while (Atomics.load(seen, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    });
  });

  test("a promise whose worker dies fails for those who wait elsewhere", async () => {
    await using rt = await start({ workers: 2 });
    await rt.run(async () => {
      const seen = tasks.flags();
      const p = promise<{ mine: HeddlePromise<number> }>();
      const dying = tasks.dies.spawn(seen, p as unknown as HeddlePromise<unknown>);
      const dies = assert.rejects(dying.then(), { code: "HEDDLE_WORKER_LOST" });
      const { mine } = await p.future;
      const reader = tasks.readIt.spawn(mine.future, 1);
      Atomics.store(seen, 0, 1);
      await assert.rejects(mine.future.then(), { code: "HEDDLE_WORKER_LOST" });
      await dies;
      await assert.rejects(reader.then(), { code: "HEDDLE_WORKER_LOST" });
      assert.equal(await tasks.triple.spawn(1), 3);
    });
  });

  test("a pending future of one runtime is refused by another; its value is not", async () => {
    await using a = await start({ workers: 1 });
    await using b = await start({ workers: 1 });
    const future = a.run(() => tasks.triple.spawn(2));
    assert.throws(() => b.run(() => tasks.readIt.spawn(future, 1)), { code: "HEDDLE_FOREIGN" });
    await future;
    assert.equal(await b.run(() => tasks.readIt.spawn(future, 1)), 7);
  });

  test("a value that cannot cross is told at put, and the promise stays open", async () => {
    await using rt = await start({ workers: 1 });
    await rt.run(async () => {
      const p = promise<unknown>();
      const reader = tasks.readIt.spawn(p.future as Future<number>, 1);
      assert.throws(() => p.put(() => 1), { code: "HEDDLE_CANNOT_CROSS", path: "value" });
      p.put(1);
      assert.equal(await reader, 2);
    });
  });

  test("who waits when the runtime stops gets HEDDLE_STOPPED", async () => {
    const rt = await start({ workers: 1 });
    const p = rt.run(() => promise<number>());
    assert.equal(await rt.run(() => tasks.statusOf.spawn(p.future)), "pending");
    await rt.run(() => tasks.putIt.spawn(promise<number>() as HeddlePromise<number>, 1));
    const { p: q } = await rt.run(() => tasks.makesPromise.spawn());
    const waiting = assert.rejects(q.future.then(), { code: "HEDDLE_STOPPED" });
    await rt.stop();
    await waiting;
  });

  test("nothing is left on the heap of futures that were settled", async () => {
    await using rt = await start({ workers: 2 });
    await rt.run(async () => {
      const round = async () => {
        for (let i = 0; i < 50; i++) {
          const p = promise<number>();
          const reader = tasks.readIt.spawn(p.future, 1);
          await tasks.putIt.spawn(p as HeddlePromise<number>, i);
          assert.equal(await reader, i + 1);
        }
      };
      await round();
      const before = rt.stats().heap.blocks;
      for (let k = 0; k < 4; k++) await round();
      // Blocks may be on their way: mail that the workers have not read.
      assert.ok(rt.stats().heap.blocks <= before + 20, `${before} -> ${rt.stats().heap.blocks} blocks`);
    });
  });
});
