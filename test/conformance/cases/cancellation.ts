import assert from "node:assert/strict";
import { type Future, finish, promise, shared, signal, task } from "heddle";
import { type Case, errorOf, onlyWithWorkers } from "../case.ts";

type Steps<T> = Generator<Future<unknown>, T>;

const mark = task(import.meta, function mark(flags: Int32Array, i: number): void {
  Atomics.add(flags, i, 1);
});
const spins = task(import.meta, function spins(flags: Int32Array, i: number): string {
  Atomics.add(flags, i, 1);
  Atomics.notify(flags, i);
  while (!signal().aborted);
  Atomics.add(flags, i, 100);
  return `aborted: ${(signal().reason as { code: string }).code}`;
});
const waits = task(import.meta, function* waits(flags: Int32Array, i: number): Steps<void> {
  Atomics.add(flags, i, 1);
  try {
    yield* promise<void>().future;
  } catch (error) {
    if ((error as { code?: string }).code === "HEDDLE_CANCELLED") Atomics.add(flags, i, 10);
    throw error;
  } finally {
    Atomics.add(flags, i, 100);
  }
});
const waitsAsync = task(import.meta, async function waitsAsync(flags: Int32Array, i: number): Promise<void> {
  Atomics.add(flags, i, 1);
  const it = signal();
  await new Promise<void>((resolve) => it.addEventListener("abort", () => resolve()));
  Atomics.add(flags, i, 100);
});
const subtree = task(import.meta, function* (flags: Int32Array, levels: number): Steps<void> {
  Atomics.add(flags, 0, 1);
  if (levels > 0) {
    const children = [1, 2].map(() => subtree.spawn(flags, levels - 1));
    for (const it of children) yield* it;
  } else yield* promise<void>().future;
  Atomics.add(flags, 1, 1);
});
const parentSpins = task(import.meta, function parentSpins(flags: Int32Array): void {
  for (let i = 0; i < 50; i++) mark.spawn(flags, 1);
  Atomics.add(flags, 0, 1);
  while (!signal().aborted);
});
const cancelsChild = task(import.meta, function cancelsChild(flags: Int32Array): string[] {
  const child = mark.spawn(flags, 0);
  const first = child.cancel("not needed");
  const log = [String(first), String(child.cancel())];
  try {
    child.join();
  } catch (error) {
    log.push((error as { code: string }).code, String((error as Error).cause));
  }
  return log;
});
const joinsCancelled = task(import.meta, function* joinsCancelled(flags: Int32Array): Steps<string> {
  const child = waits.spawn(flags, 0);
  yield* mark.spawn(flags, 1);
  child.cancel("enough");
  try {
    yield* child;
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "nothing";
});
const quick = task(import.meta, function quick(n: number): number {
  return n;
});

async function until(flags: Int32Array, i: number, value: number): Promise<void> {
  while (Atomics.load(flags, i) !== value) await new Promise((resolve) => setTimeout(resolve, 1));
}

function withFlags(body: (flags: Int32Array) => Promise<void>): () => Promise<void> {
  return async () => {
    const flags = shared.int32(4);
    try {
      await body(flags);
    } finally {
      shared.free(flags);
    }
  };
}

export const cancellation: Case[] = [
  {
    name: "a task that has not started never runs",
    run: withFlags(async (flags) => {
      const all = Array.from({ length: 100 }, () => mark.spawn(flags, 0));
      const cancelled = all.map((it) => it.cancel("too late"));
      const settled = await Promise.allSettled(all);
      assert.ok(settled.every((it) => it.status === "rejected" || Atomics.load(flags, 0) > 0));
      assert.ok(cancelled.some((it) => it));
      for (const it of all) if (it.status === "cancelled") assert.equal((await errorOf(it)).cause, "too late");
    }),
  },
  {
    name: "a settled task cannot be cancelled",
    run: withFlags(async (flags) => {
      const it = mark.spawn(flags, 0);
      await it;
      assert.equal(it.cancel(), false);
      assert.equal(it.status, "fulfilled");
    }),
  },
  {
    name: "a running plain task sees its signal",
    skip: onlyWithWorkers("the thread that would cancel is the one that runs"),
    run: withFlags(async (flags) => {
      const it = spins.spawn(flags, 0);
      await until(flags, 0, 1);
      assert.equal(it.cancel("stop"), true);
      const error = await errorOf(it);
      assert.equal(error.code, "HEDDLE_CANCELLED");
      assert.equal(error.cause, "stop");
      await until(flags, 0, 101);
    }),
  },
  {
    name: "a generator task that waits is told where it waits, and cleans up",
    run: withFlags(async (flags) => {
      const it = waits.spawn(flags, 0);
      await until(flags, 0, 1);
      it.cancel("enough");
      assert.equal((await errorOf(it)).code, "HEDDLE_CANCELLED");
      await until(flags, 0, 111);
    }),
  },
  {
    name: "an async task sees its signal",
    run: withFlags(async (flags) => {
      const it = waitsAsync.spawn(flags, 0);
      await until(flags, 0, 1);
      it.cancel();
      assert.equal((await errorOf(it)).code, "HEDDLE_CANCELLED");
      await until(flags, 0, 101);
    }),
  },
  {
    name: "the whole subtree is cancelled",
    run: withFlags(async (flags) => {
      const it = subtree.spawn(flags, 4);
      await until(flags, 0, 31);
      it.cancel();
      assert.equal((await errorOf(it)).code, "HEDDLE_CANCELLED");
      await quick.spawn(1);
      assert.equal(Atomics.load(flags, 1), 0);
    }),
  },
  {
    name: "children of a cancelled task that have not started never run",
    skip: (workers) => (workers === 1 ? undefined : "other workers may start them first"),
    run: withFlags(async (flags) => {
      const it = parentSpins.spawn(flags);
      await until(flags, 0, 1);
      it.cancel();
      await errorOf(it);
      await quick.spawn(1);
      assert.equal(Atomics.load(flags, 1), 0);
    }),
  },
  {
    name: "a task cancels its child",
    run: withFlags(async (flags) => {
      assert.deepEqual(await cancelsChild.spawn(flags), ["true", "false", "HEDDLE_CANCELLED", "not needed"]);
      assert.equal(await joinsCancelled.spawn(flags), "HEDDLE_CANCELLED");
    }),
  },
  {
    name: "AbortSignal: before the spawn, while it runs, after the end",
    run: withFlags(async (flags) => {
      const aborted = AbortSignal.abort("early");
      const never = mark.with({ signal: aborted }).spawn(flags, 0);
      assert.equal((await errorOf(never)).cause, "early");
      assert.equal(flags[0], 0);

      const controller = new AbortController();
      const it = waits.with({ signal: controller.signal }).spawn(flags, 1);
      await until(flags, 1, 1);
      controller.abort("now");
      const error = await errorOf(it);
      assert.equal(error.code, "HEDDLE_CANCELLED");
      assert.equal(error.cause, "now");
      await until(flags, 1, 111);

      const late = new AbortController();
      assert.equal(await quick.with({ signal: late.signal }).spawn(5), 5);
      late.abort();
    }),
  },
  {
    name: "a cancelled finish cancels what it holds",
    run: withFlags(async (flags) => {
      const scope = finish(async () => {
        waits.spawn(flags, 0);
        waitsAsync.spawn(flags, 1);
        await until(flags, 0, 1);
        await until(flags, 1, 1);
        scope.cancel("closing");
      });
      const error = await errorOf(scope);
      assert.equal(error.code, "HEDDLE_CANCELLED");
      await until(flags, 0, 111);
      await until(flags, 1, 101);
    }),
  },
  {
    name: "1,000 cancelled while they start",
    run: withFlags(async (flags) => {
      const all: Future<number>[] = [];
      for (let i = 0; i < 1000; i++) {
        all.push(quick.spawn(i));
        if (i % 3 === 0) all[i >> 1]!.cancel();
        if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      for (const [i, it] of (await Promise.allSettled(all)).entries()) {
        if (it.status === "fulfilled") assert.equal(it.value, i);
        else assert.equal((it.reason as { code: string }).code, "HEDDLE_CANCELLED");
      }
      void flags;
    }),
  },
];
