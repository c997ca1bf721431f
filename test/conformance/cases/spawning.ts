import assert from "node:assert/strict";
import { Future, finish, task } from "heddle";
import type { Case } from "../case.ts";

const fib = task(import.meta, function (n: number): number {
  if (n < 2) return n;
  const left = fib.spawn(n - 1);
  return fib(n - 2) + left.join();
});
const square = task(import.meta, function square(n: number): number {
  return n * n;
});
const coarse = task(import.meta, function coarse(n: number): number {
  let x = n;
  for (let i = 0; i < 300_000; i++) x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
  return x;
});
const inOrder = task(import.meta, function inOrder(count: number, order: "first" | "last" | "mixed", heavy: boolean): number[] {
  const futures = Array.from({ length: count }, (_, i) => (heavy ? coarse : square).spawn(i));
  const joins = futures.map((_, i) => (order === "first" ? i : order === "last" ? count - 1 - i : (i * 7) % count));
  const values: number[] = [];
  for (const i of joins) values[i] = futures[i]!.join();
  return values;
});
const joinTwice = task(import.meta, function joinTwice(): number {
  const future = square.spawn(5);
  return future.join() + future.join();
});
const depth = task(import.meta, function (n: number): number {
  return n === 0 ? 0 : 1 + depth.spawn(n - 1).join();
});
const grandchild = task(import.meta, function grandchild(n: number): Future<number>[] {
  return [square.spawn(n), square.spawn(n + 1)];
});
const joinsGrandchildren = task(import.meta, function joinsGrandchildren(n: number): number {
  const [a, b] = grandchild(n);
  return a!.join() + b!.join();
});
const statuses = task(import.meta, function statuses(): string[] {
  const future = square.spawn(2);
  const before = future.status;
  future.join();
  return [before, future.status];
});
const mutate = task(import.meta, function mutate(list: number[]): number {
  list.push(4);
  return list.length;
});
const forgetful = task(import.meta, function forgetful(n: number): number {
  for (let i = 0; i < n; i++) square.spawn(i);
  return n;
});
const tree = task(import.meta, function (levels: number, width: number): number {
  if (levels === 0) return 1;
  return Array.from({ length: width }, () => tree.spawn(levels - 1, width)).reduce((sum, it) => sum + it.join(), 0);
});

export const spawning: Case[] = [
  {
    name: "spawn and join, nested",
    async run() {
      assert.equal(await fib.spawn(20), 6765);
      assert.equal(await tree.spawn(6, 4), 4 ** 6);
    },
  },
  {
    name: "a call is a plain call",
    async run() {
      assert.equal(square(7), 49);
      assert.equal(square.taskName, "square");
      assert.equal(square.name, "square");
    },
  },
  {
    name: "joins in any order",
    async run() {
      const expected = Array.from({ length: 40 }, (_, i) => i * i);
      for (const order of ["first", "last", "mixed"] as const) {
        assert.deepEqual(await inOrder.spawn(40, order, false), expected);
        assert.deepEqual(await inOrder.spawn(10, order, true), await inOrder.spawn(10, "first", true));
      }
    },
  },
  {
    name: "a future is joined as often as one likes",
    async run() {
      assert.equal(await joinTwice.spawn(), 50);
    },
  },
  {
    name: "a chain of 1,000 joins",
    async run() {
      assert.equal(await depth.spawn(1000), 1000);
    },
  },
  {
    name: "tasks of a called task are the caller's",
    async run() {
      assert.equal(await joinsGrandchildren.spawn(3), 25);
    },
  },
  {
    name: "status",
    async run() {
      assert.deepEqual(await statuses.spawn(), ["pending", "fulfilled"]);
      const future = square.spawn(3);
      assert.ok(future instanceof Future);
      assert.equal(future.status, "pending");
      assert.equal(await future, 9);
      assert.equal(future.status, "fulfilled");
      assert.equal(await future, 9);
    },
  },
  {
    name: "then, catch, finally",
    async run() {
      const steps: string[] = [];
      const value = await square
        .spawn(4)
        .then((it) => it + 1)
        .finally(() => steps.push("finally"));
      assert.equal(value, 17);
      assert.equal(await square.spawn(2).finally(() => steps.push("future")), 4);
      assert.equal(await square.spawn(3).catch(() => -1), 9);
      assert.deepEqual(steps, ["finally", "future"]);
      assert.equal(await square.spawn(6).then(), 36);
    },
  },
  {
    name: "Promise.all and allSettled take futures",
    async run() {
      assert.deepEqual(await Promise.all([1, 2, 3].map((n) => square.spawn(n))), [1, 4, 9]);
      const settled = await Promise.allSettled([square.spawn(2), square.spawn(3)]);
      assert.deepEqual(
        settled.map((it) => (it.status === "fulfilled" ? it.value : null)),
        [4, 9],
      );
    },
  },
  {
    name: "20,000 spawns from the main thread before the first await",
    async run() {
      const futures = Array.from({ length: 20_000 }, (_, i) => square.spawn(i));
      let sum = 0;
      for (const future of futures) sum += await future;
      assert.equal(sum, (19_999 * 20_000 * 39_999) / 6);
    },
  },
  {
    name: "what a task does to its arguments stays with it, on workers",
    skip: (workers) => (workers === 0 ? "the serial scheduler does not copy" : undefined),
    async run() {
      const list = [1, 2, 3];
      assert.equal(await mutate.spawn(list), 4);
      assert.deepEqual(list, [1, 2, 3]);
    },
  },
  {
    name: "tasks that nobody joins run all the same",
    async run(runtime) {
      // The enclosing finish ends only when they have ended.
      await finish(async () => {
        assert.equal(await forgetful.spawn(500), 500);
      });
      assert.equal(runtime.client?.outstanding ?? 0, 0);
    },
  },
];
