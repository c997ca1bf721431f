import assert from "node:assert/strict";
import { type FinishError, type Future, finish, promise, shared, signal, task } from "heddle";
import { type Case, errorOf } from "../case.ts";

type Steps<T> = Generator<Future<unknown>, T>;

const square = task(import.meta, function square(n: number): number {
  return n * n;
});
const fails = task(import.meta, function fails(n: number): number {
  throw new RangeError(`failure ${n}`);
});
/** Adds one to a shared counter for every task of a tree, by tasks that nobody joins. */
const grow = task(import.meta, function (counter: Int32Array, levels: number): void {
  Atomics.add(counter, 0, 1);
  if (levels > 0) for (let i = 0; i < 3; i++) grow.spawn(counter, levels - 1);
});
const growGenerator = task(import.meta, function* (counter: Int32Array, levels: number): Steps<void> {
  Atomics.add(counter, 0, 1);
  if (levels > 0) {
    for (let i = 0; i < 2; i++) growGenerator.spawn(counter, levels - 1);
    yield* square.spawn(levels);
    growGenerator.spawn(counter, levels - 1);
  }
});
const growAsync = task(import.meta, async function (counter: Int32Array, levels: number): Promise<void> {
  if (levels > 0) {
    for (let i = 0; i < 2; i++) growAsync.spawn(counter, levels - 1);
    await new Promise((resolve) => setImmediate(resolve));
    growAsync.spawn(counter, levels - 1);
  }
  Atomics.add(counter, 0, 1);
});
const blocking = task(import.meta, function blocking(counter: Int32Array, levels: number): number[] {
  const value = finish(() => {
    grow.spawn(counter, levels);
    growGenerator.spawn(counter, levels);
    return 5;
  });
  return [value, Atomics.load(counter, 0)];
});
const nestedFinish = task(import.meta, function (levels: number): number {
  if (levels === 0) return 1;
  let sum = 0;
  const futures: Future<number>[] = [];
  finish(() => {
    for (let i = 0; i < 3; i++) futures.push(nestedFinish.spawn(levels - 1));
    finish(() => {
      for (let i = 0; i < 3; i++) square.spawn(i);
    });
  });
  for (const it of futures) sum += it.status === "fulfilled" ? it.join() : 1000;
  return sum;
});
const innerFails = task(import.meta, function innerFails(): string[] {
  const log: string[] = [];
  finish(() => {
    try {
      finish(() => {
        fails.spawn(1);
      });
    } catch (error) {
      log.push((error as Error).message);
    }
    square.spawn(2);
  });
  log.push("outer goes on");
  return log;
});
const bodyThrows = task(import.meta, function bodyThrows(counter: Int32Array): void {
  finish(() => {
    grow.spawn(counter, 0);
    throw new TypeError("body");
  });
});
const failureBelow = task(import.meta, function (levels: number): void {
  if (levels === 0) fails.spawn(0);
  else failureBelow.spawn(levels - 1);
});
const failureBelowGenerator = task(import.meta, function* (levels: number): Steps<void> {
  yield* square.spawn(1);
  if (levels === 0) fails.spawn(0);
  else failureBelowGenerator.spawn(levels - 1);
});
const spins = task(import.meta, function spins(started: Int32Array): string {
  Atomics.store(started, 0, 1);
  while (!signal().aborted);
  return "saw it";
});
const waits = task(import.meta, function* waits(): Steps<void> {
  yield* promise<void>().future;
});
const waitsFor = task(import.meta, async function waitsFor(flag: Int32Array): Promise<void> {
  while (Atomics.load(flag, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
});
const emptyFinish = task(import.meta, function emptyFinish(): number {
  return finish(() => 3);
});
const handsOut = task(import.meta, function handsOut(counter: Int32Array): string {
  grow.spawn(counter, 3);
  return "the body has ended";
});
const inAsync = task(import.meta, async function inAsync(counter: Int32Array): Promise<number> {
  await finish(async () => {
    grow.spawn(counter, 4);
  });
  return Atomics.load(counter, 0);
});
const siblings = task(import.meta, function siblings(counter: Int32Array): number {
  finish(() => {
    for (let i = 0; i < 200; i++) grow.spawn(counter, 0);
  });
  return Atomics.load(counter, 0);
});

const sizeOfTree = (levels: number): number => (3 ** (levels + 1) - 1) / 2;

export const finishes: Case[] = [
  {
    name: "waits for every task below it, whoever spawned it",
    async run() {
      const counter = shared.int32(1);
      for (const body of [grow, growGenerator, growAsync]) {
        counter[0] = 0;
        await finish(async () => {
          body.spawn(counter, 5);
        });
        assert.equal(counter[0], sizeOfTree(5), body.taskName);
      }
      shared.free(counter);
    },
  },
  {
    name: "in plain tasks: blocks, and returns the body's value",
    async run() {
      const counter = shared.int32(1);
      assert.deepEqual(await blocking.spawn(counter, 4), [5, 2 * sizeOfTree(4)]);
      shared.free(counter);
    },
  },
  {
    name: "nests",
    async run() {
      assert.equal(await nestedFinish.spawn(4), 81);
      const counter = shared.int32(1);
      const seen: number[] = [];
      await finish(async () => {
        grow.spawn(counter, 3);
        await finish(async () => {
          await square.spawn(1);
          for (let i = 0; i < 10; i++) await square.spawn(i);
          grow.spawn(counter, 3);
        });
        seen.push(Atomics.load(counter, 0));
      });
      assert.ok(seen[0]! >= sizeOfTree(3));
      assert.equal(counter[0], 2 * sizeOfTree(3));
      shared.free(counter);
    },
  },
  {
    name: "scopes side by side do not wait for one another",
    async run() {
      const flag = shared.int32(1);
      const slow = finish(async () => {
        waitsFor.spawn(flag);
      });
      await finish(async () => {
        square.spawn(1);
      });
      assert.equal(slow.status, "pending");
      Atomics.store(flag, 0, 1);
      await slow;
      shared.free(flag);
    },
  },
  {
    name: "in async tasks: covers what the body spawns before its first await",
    async run() {
      const counter = shared.int32(1);
      for (let i = 0; i < 30; i++) {
        counter[0] = 0;
        assert.equal(await inAsync.spawn(counter), sizeOfTree(4));
      }
      shared.free(counter);
    },
  },
  {
    name: "of nothing",
    async run() {
      assert.equal(await finish(async () => 7), 7);
      assert.equal(await emptyFinish.spawn(), 3);
    },
  },
  {
    name: "a task counts until its whole subtree has ended",
    async run() {
      const counter = shared.int32(1);
      await finish(async () => {
        assert.equal(await handsOut.spawn(counter), "the body has ended");
      });
      assert.equal(counter[0], sizeOfTree(3));
      assert.equal(await siblings.spawn(counter), sizeOfTree(3) + 200);
      shared.free(counter);
    },
  },
  {
    name: "one failure arrives as it is",
    async run() {
      for (const spawnIt of [failureBelow.spawn, failureBelowGenerator.spawn] as ((levels: number) => unknown)[]) {
        for (const levels of [0, 1, 4]) {
          const error = await errorOf(
            finish(async () => {
              spawnIt(levels);
            }),
          );
          assert.ok(error instanceof RangeError, String(error.stack));
          assert.equal(error.message, "failure 0");
        }
      }
    },
  },
  {
    name: "onFailure continue: all run, all failures arrive, each once",
    async run() {
      const counter = shared.int32(1);
      const error = await errorOf(
        finish(
          async () => {
            for (let i = 0; i < 5; i++) {
              fails.spawn(i);
              grow.spawn(counter, 2);
            }
          },
          { onFailure: "continue" },
        ),
      );
      assert.ok(error instanceof AggregateError);
      assert.equal((error as FinishError).code, "HEDDLE_FINISH");
      const messages = error.errors.map((it: Error) => it.message).sort();
      assert.deepEqual(
        messages,
        [0, 1, 2, 3, 4].map((n) => `failure ${n}`),
      );
      assert.equal(counter[0], 5 * sizeOfTree(2));
      shared.free(counter);
    },
  },
  {
    name: "a failure that somebody awaits is the scope's as well, once",
    async run() {
      const error = await errorOf(
        finish(async () => {
          await fails.spawn(3);
        }),
      );
      assert.equal(error.message, "failure 3");
      assert.ok(error instanceof RangeError);
    },
  },
  {
    name: "the body throws: the rest of the scope ends first",
    async run() {
      const counter = shared.int32(1);
      const error = await errorOf(bodyThrows.spawn(counter));
      assert.ok(error instanceof TypeError);
      assert.equal(error.message, "body");
      const outer = await errorOf(
        finish(async () => {
          square.spawn(1);
          throw new TypeError("async body");
        }),
      );
      assert.equal(outer.message, "async body");
      shared.free(counter);
    },
  },
  {
    name: "an inner scope's failure, caught, leaves the outer scope alone",
    async run() {
      assert.deepEqual(await innerFails.spawn(), ["failure 1", "outer goes on"]);
    },
  },
  {
    name: "the first failure cancels what waits and what watches its signal",
    skip: (workers) => (workers < 2 ? "a task that spins needs a worker of its own" : undefined),
    async run() {
      const started = shared.int32(1);
      let waiting: Future<void> | undefined;
      let spinning: Future<string> | undefined;
      const error = await errorOf(
        finish(async () => {
          waiting = waits.spawn();
          spinning = spins.spawn(started);
          while (Atomics.load(started, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
          await fails.spawn(1);
        }),
      );
      assert.equal(error.message, "failure 1");
      assert.equal(waiting?.status, "cancelled");
      assert.equal(spinning?.status, "cancelled");
      shared.free(started);
    },
  },
  {
    name: "after the first failure, what has not started never runs",
    async run() {
      const counter = shared.int32(1);
      let late: Future<void> | undefined;
      const error = await errorOf(
        finish(async () => {
          try {
            await fails.spawn(1);
          } catch {}
          late = grow.spawn(counter, 3);
        }),
      );
      assert.equal(error.message, "failure 1");
      assert.equal(counter[0], 0);
      assert.equal(late?.status, "cancelled");
      shared.free(counter);
    },
  },
];
