import assert from "node:assert/strict";
import { type Future, finish, spawn, task } from "heddle";
import { type Case, errorOf } from "../case.ts";

const square = task(import.meta, function square(n: number): number {
  return n * n;
});
const lambdaInside = task(import.meta, function lambdaInside(n: number): number {
  const futures: Future<number>[] = [];
  finish(() => {
    for (let i = 0; i < n; i++) futures.push(spawn([i, n], (i, n) => i * n));
  });
  return futures.reduce((sum, it) => sum + it.join(), 0);
});
const throughTask = task(import.meta, function throughTask(n: number): number {
  return spawn([square, n], (square, n) => square.spawn(n).join() + 1).join();
});

export const lambdas: Case[] = [
  {
    name: "captures of any number and kind",
    async run() {
      assert.equal(await spawn([], () => 1), 1);
      assert.equal(await spawn([2, "ab"], (n, text) => text.repeat(n)), "abab");
      const table = new Map([["a", 1]]);
      assert.deepEqual(await spawn([table, 1, 2, 3, 4], (table, ...n) => [table.get("a"), ...n]), [1, 1, 2, 3, 4]);
    },
  },
  {
    name: "async and generator bodies",
    async run() {
      assert.equal(await spawn([5], async (n) => (await Promise.resolve(n)) * 2), 10);
      const value = await spawn([square, 6], function* (square, n): Generator<Future<unknown>, number> {
        return (yield* square.spawn(n)) + 1;
      });
      assert.equal(value, 37);
    },
  },
  {
    name: "inside tasks",
    async run() {
      assert.equal(await lambdaInside.spawn(50), 61_250);
      assert.equal(await throughTask.spawn(4), 17);
    },
  },
  {
    name: "a variable that was not captured is named",
    async run() {
      const outside = Math.random();
      const error = await errorOf(async () => await spawn([], () => outside * 2));
      assert.equal(error.code, "HEDDLE_LAMBDA");
      assert.match(error.message, /outside/);
      assert.match(error.message, /lambdas\.ts:\d+/);
    },
  },
  {
    name: "a lambda's failure",
    async run() {
      const error = await errorOf(
        spawn([3], (n) => {
          throw new RangeError(`n is ${n}`);
        }),
      );
      assert.ok(error instanceof RangeError);
      assert.equal(error.message, "n is 3");
    },
  },
];
