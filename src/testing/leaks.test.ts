import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import { Worker } from "node:worker_threads";
import { checkLeaks, expectNoLeaks, LeakError, type LeakProbe, resourceProbes, workerProbe } from "./leaks.ts";

const AT_ONCE = { settleMilliseconds: 0 };

function figure(name: string, start: number): LeakProbe & { value: number } {
  return {
    name,
    value: start,
    read() {
      return this.value;
    },
  };
}

suite("expectNoLeaks", () => {
  test("returns what the body returns when every figure is as before, or lower", async () => {
    const cells = figure("cells", 3);
    assert.equal(await expectNoLeaks([cells], () => --cells.value, AT_ONCE), 2);
  });

  test("names each figure that grew, before and after", async () => {
    const cells = figure("cells", 3);
    const blocks = figure("heap blocks", 0);
    const leaking = expectNoLeaks(
      [cells, blocks, figure("threads", 2)],
      () => {
        cells.value += 2;
        blocks.value++;
      },
      AT_ONCE,
    );
    await assert.rejects(leaking, (error) => {
      assert.ok(error instanceof LeakError);
      assert.equal(error.code, "HEDDLE_LEAK");
      assert.match(error.message, /cells 3 -> 5, heap blocks 0 -> 1$/);
      return true;
    });
  });

  test("waits for what ends by itself", async () => {
    const handles = figure("handles", 0);
    await expectNoLeaks([handles], () => {
      handles.value = 1;
      setTimeout(() => {
        handles.value = 0;
      }, 20);
    });
    assert.equal(handles.read(), 0);
  });

  test("leaves the body's own error alone", async () => {
    const cells = figure("cells", 0);
    const error = new Error("broken");
    const failing = expectNoLeaks([cells], () => {
      cells.value++;
      throw error;
    });
    await assert.rejects(failing, error);
  });
});

test("checkLeaks looks again at the end of the test", async () => {
  const hooks: (() => Promise<void>)[] = [];
  const cells = figure("cells", 0);
  checkLeaks({ after: (hook) => hooks.push(hook) }, [cells], AT_ONCE);
  await Promise.all(hooks.map((hook) => hook()));
  cells.value = 1;
  await assert.rejects(Promise.all(hooks.map((hook) => hook())), { code: "HEDDLE_LEAK" });
});

test("a worker thread counts until it has ended", async () => {
  const threads = workerProbe();
  const before = threads.read();
  let worker: Worker | undefined;
  const leaving = expectNoLeaks(
    [threads],
    async () => {
      worker = new Worker("setInterval(() => {}, 1000)", { eval: true });
      await once(worker, "online");
    },
    AT_ONCE,
  );
  try {
    await assert.rejects(leaving, /worker threads 0 -> 1/);
  } finally {
    await worker?.terminate();
  }
  assert.equal(threads.read(), before);
});

test("a timer that was left running is found", async () => {
  let timer: NodeJS.Timeout | undefined;
  const leaving = expectNoLeaks(
    resourceProbes(),
    () => {
      timer = setTimeout(() => {}, 60_000);
    },
    AT_ONCE,
  );
  try {
    await assert.rejects(leaving, /active Timeout \d+ -> \d+/);
  } finally {
    clearTimeout(timer);
  }
});
