import assert from "node:assert/strict";
import { type Future, finish, promise, task, whenAll, whenAny } from "heddle";
import { type Case, errorOf } from "../case.ts";

const add = task(import.meta, function add(a: number, b: number): number {
  return a + b;
});
const list = task(import.meta, function list(...values: unknown[]): unknown[] {
  return values;
});
const slow = task(import.meta, function slow(n: number): number {
  let x = n;
  for (let i = 0; i < 2_000_000; i++) x = (x + i) % 1_000_003;
  return x < 0 ? x : n;
});
const fails = task(import.meta, function fails(text: string): number {
  throw new RangeError(text);
});
const none = task(import.meta, function none(): void {});
const count = task(import.meta, function count(first: number, ...others: unknown[]): string {
  return `${first} ${others.length} ${others.every((it) => it === undefined)}`;
});
const waves = task(import.meta, function waves(width: number, inputs: number): string[] {
  const before = Array.from({ length: inputs }, () => none.spawn());
  return Array.from({ length: width }, (_, i) => count.after(i, ...before)).map((it) => it.join());
});
const pairs = task(import.meta, async function pairs(n: number): Promise<number> {
  return n * 2;
});
const dataflowInTask = task(import.meta, function dataflowInTask(n: number): number {
  let sum = add.spawn(0, 0);
  for (let i = 1; i <= n; i++) sum = add.after(sum, i);
  return sum.join();
});
const diamond = task(import.meta, function* diamond(n: number): Generator<Future<unknown>, number> {
  const top = add.spawn(n, 1);
  const left = add.after(top, 10);
  const right = add.after(20, top);
  return yield* add.after(left, right);
});
const scoped = task(import.meta, function scoped(n: number): number {
  let last = add.spawn(0, 0);
  finish(() => {
    for (let i = 1; i <= n; i++) last = add.after(last, i);
  });
  return last.status === "fulfilled" ? last.join() : -1;
});
const combined = task(import.meta, async function combined(): Promise<unknown[]> {
  return [await whenAll([add.spawn(1, 2), pairs.spawn(4)]), await whenAny([add.spawn(3, 4)])];
});

export const dataflow: Case[] = [
  {
    name: "after mixes values and futures",
    async run() {
      assert.equal(await add.after(1, 2), 3);
      assert.equal(await add.after(add.spawn(1, 2), 4), 7);
      assert.equal(await add.after(5, pairs.spawn(3)), 11);
      assert.deepEqual(await list.after(1, add.spawn(1, 1), "x", pairs.spawn(2), null), [1, 2, "x", 4, null]);
      const done = add.spawn(2, 2);
      await done;
      assert.equal(await add.after(done, done), 8);
    },
  },
  {
    name: "inputs without a value order tasks, however many",
    async run() {
      for (const inputs of [1, 2, 3, 9, 600]) {
        const expected = Array.from({ length: 40 }, (_, i) => `${i} ${inputs} true`);
        assert.deepEqual(await waves.spawn(40, inputs), expected);
        const before = Array.from({ length: inputs }, () => none.spawn());
        assert.deepEqual(await whenAll(expected.map((_, i) => count.after(i, ...before))), expected);
      }
    },
  },
  {
    name: "chains and diamonds, from the main thread and inside tasks",
    async run() {
      let sum: Future<number> = add.spawn(0, 0);
      for (let i = 1; i <= 300; i++) sum = add.after(sum, i);
      assert.equal(await sum, 45_150);
      assert.equal(await dataflowInTask.spawn(300), 45_150);
      assert.equal(await diamond.spawn(5), 42);
      assert.equal(await scoped.spawn(100), 5050);
    },
  },
  {
    name: "inputs come in any order",
    async run() {
      assert.equal(await add.after(slow.spawn(1), add.spawn(1, 1)), 3);
      assert.equal(await add.after(add.spawn(1, 1), slow.spawn(1)), 3);
    },
  },
  {
    name: "a failed input skips the task and fails it with the same error",
    async run() {
      const input = fails.spawn("input");
      const error = await errorOf(add.after(input, 3));
      assert.equal(error, await errorOf(input));
      assert.ok(error instanceof RangeError);
      assert.equal((await errorOf(add.after(add.after(fails.spawn("deep"), 1), slow.spawn(1)))).message, "deep");
    },
  },
  {
    name: "a cancelled input cancels what comes after",
    async run() {
      const gate = promise<number>();
      const next = add.after(gate.future, 1);
      gate.future.cancel("no more");
      const error = await errorOf(next);
      assert.equal(error.code, "HEDDLE_CANCELLED");
      assert.equal(error.cause, "no more");
      assert.equal(next.status, "cancelled");
    },
  },
  {
    name: "dataflow that waits can be cancelled, and its input goes on",
    async run() {
      const gate = promise<number>();
      const next = add.after(gate.future, 1);
      assert.equal(next.cancel(), true);
      assert.equal((await errorOf(next)).code, "HEDDLE_CANCELLED");
      gate.put(1);
      assert.equal(await gate.future, 1);
      assert.equal(next.status, "cancelled");
    },
  },
  {
    name: "promise: put, then everybody who waits has the value",
    async run() {
      const it = promise<{ n: number }>();
      const waiting = [it.future.then((value) => value.n), it.future.then((value) => value.n + 1)];
      const value = { n: 3 };
      it.put(value);
      assert.deepEqual(await Promise.all(waiting), [3, 4]);
      assert.equal(await it.future, value);
    },
  },
  {
    name: "promise: fail",
    async run() {
      const it = promise<number>();
      const next = add.after(it.future, 1);
      const reason = new TypeError("no");
      it.fail(reason);
      assert.equal(await errorOf(it.future), reason);
      assert.equal(await errorOf(next), reason);
    },
  },
  {
    name: "whenAll keeps order; of nothing it is there at once",
    async run() {
      assert.deepEqual(await whenAll([slow.spawn(1), add.spawn(1, 1), pairs.spawn(3)]), [1, 2, 6]);
      assert.deepEqual(await whenAll([]), []);
      assert.deepEqual(await combined.spawn(), [[3, 8], 7]);
    },
  },
  {
    name: "whenAll fails with the first failure",
    async run() {
      const gate = promise<number>();
      const all = whenAll([gate.future, fails.spawn("first")]);
      assert.equal((await errorOf(all)).message, "first");
      gate.put(1);
    },
  },
  {
    name: "whenAny gives the first value and looks past failures",
    async run() {
      const gate = promise<number>();
      assert.equal(await whenAny([gate.future, fails.spawn("no"), add.spawn(1, 2)]), 3);
      gate.put(0);
    },
  },
  {
    name: "whenAny fails with all failures when there is no value",
    async run() {
      const error = await errorOf(whenAny([fails.spawn("a"), fails.spawn("b")]));
      assert.ok(error instanceof AggregateError);
      assert.deepEqual(
        error.errors.map((it: Error) => it.message),
        ["a", "b"],
      );
    },
  },
];
