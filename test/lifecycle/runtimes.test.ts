import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { type Future, finish, type OutOfMemoryError, promise, shared, start, stats, stop, whenAll } from "heddle";
import { checkLeaks } from "heddle/testing";
import { firsts, spinsUntil, square } from "./tasks.ts";

describe("runtimes", { timeout: 60_000 }, () => {
  it("several at once: tasks spawned inside run() go to theirs", async (t) => {
    checkLeaks(t);
    await using one = await start({ workers: 1 });
    await using two = await start({ workers: 2 });
    await using serial = await start({ workers: 0 });
    const sums = await Promise.all(
      [one, two, serial].map((runtime) =>
        runtime.run(async () => {
          let sum = 0;
          for (let i = 0; i < 100; i++) {
            sum += await square.spawn(i);
            if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
          }
          await finish(async () => {
            for (let i = 0; i < 500; i++) square.spawn(i);
          });
          assert.equal(stats()?.workers, runtime.workers);
          return sum;
        }),
      ),
    );
    assert.deepEqual(sums, [328_350, 328_350, 328_350]);
    for (const runtime of [one, two]) assert.equal(runtime.client?.outstanding, 0);
  });

  it("futures of several runtimes are awaited and combined outside", async (t) => {
    checkLeaks(t);
    await using one = await start({ workers: 1 });
    await using two = await start({ workers: 1 });
    const a = one.run(() => square.spawn(3));
    const b = two.run(() => square.spawn(4));
    assert.deepEqual(await whenAll([a, b]), [9, 16]);
    assert.equal(await two.run(() => square.after(a)), 81);
    const it = promise<number>();
    const after = one.run(() => square.after(it.future));
    it.put(5);
    assert.equal(await after, 25);
  });

  it("a heap array of one runtime, given to another, is foreign", async () => {
    await using one = await start({ workers: 1 });
    await using two = await start({ workers: 1 });
    const array = one.run(() => shared.float64(4));
    two.run(() =>
      assert.throws(() => firsts.spawn([{ array }]), {
        code: "HEDDLE_FOREIGN",
        message: /^args\[0\]\[0\]\.array is a Float64Array/,
      }),
    );
    assert.equal(await one.run(() => firsts.spawn([{ array }])), 0);
    assert.equal(two.client?.outstanding, 0);
    one.run(() => shared.free(array));
  });

  it("the default runtime starts at first use, stops, and starts again", async () => {
    assert.equal(await square.spawn(2), 4);
    await stop();
    assert.equal(await square.spawn(3), 9);
    await stop();
  });

  it("memory of a heap that is too small is told", async () => {
    await using small = await start({ workers: 1, heapBytes: 1 << 20 });
    const isExact = (error: OutOfMemoryError): boolean => {
      assert.equal(error.code, "HEDDLE_OUT_OF_MEMORY");
      assert.ok(error.requested >= 8 << 20, String(error.requested));
      assert.deepEqual([error.capacity, error.free], [small.stats().heap.capacity, small.stats().heap.free]);
      assert.equal(error.used + error.free, error.capacity);
      assert.ok(error.largest > 0 && error.largest <= error.free, `${error.largest} of ${error.free}`);
      return true;
    };
    small.run(() => assert.throws(() => shared.float64(1 << 20), isExact));
    assert.equal(await small.run(() => square.spawn(2)), 4);
  });
});

describe("an HTTP server", { timeout: 60_000 }, () => {
  it("answers while every worker is busy", async (t) => {
    checkLeaks(t, undefined, { settleMilliseconds: 5000 });
    await using runtime = await start({ workers: 2 });
    await runtime.run(async () => {
      const flag = shared.int32(2);
      const events: string[] = [];
      let spinning: Future<number>[] = [];
      const server = createServer(async (request, response) => {
        response.setHeader("connection", "close");
        if (request.url === "/task") {
          spinning = [spinsUntil.spawn(flag), spinsUntil.spawn(flag)];
          const values = await Promise.all(spinning);
          events.push("tasks done");
          response.end(String(values));
        } else response.end("hello");
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const slow = fetch(`${url}/task`).then((it) => it.text());
      while (Atomics.load(flag, 1) < 2) await new Promise((resolve) => setTimeout(resolve, 1));
      for (let i = 0; i < 20; i++) assert.equal(await (await fetch(url)).text(), "hello");
      events.push("20 answers");
      assert.ok(spinning.every((it) => it.status === "pending"));
      Atomics.store(flag, 0, 1);
      assert.equal(await slow, "7,7");
      assert.deepEqual(events, ["20 answers", "tasks done"]);
      shared.free(flag);
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    });
  });
});
