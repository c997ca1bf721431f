import assert from "node:assert/strict";
import { errorClass, type Future, finish, task, whenAll, whenAny } from "heddle";
import { type Case, errorOf } from "../case.ts";

class OddError extends Error {
  readonly n: number;
  constructor(n: number) {
    super(`odd: ${n}`);
    this.n = n;
  }
}
errorClass(import.meta, OddError);
const next = task(import.meta, (n: number): number => n + 1);
const text = task(import.meta, (n: number): string => "x".repeat(n % 50));
const failsAt = task(import.meta, (n: number, bad: number): number => {
  if (n === bad) throw new OddError(n);
  return n;
});
const pauses = task(import.meta, (n: number): number => {
  let x = n;
  for (let i = 0; i < 30_000; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
  return x & 0;
});
const passes = task(import.meta, async (input: Future<number>): Promise<number> => (await input) + 1);

const COUNT = 3000;
const range = Array.from({ length: COUNT }, (_, i) => i);

/** What the client sends in bundles: the same small task again and again. */
export const many: Case[] = [
  {
    name: "each future has its own value, whichever way one waits",
    run: (runtime) =>
      runtime.run(async () => {
        for (let round = 0; round < 3; round++) {
          const futures = range.map((n) => next.spawn(n));
          const twice = whenAll(futures);
          assert.deepEqual(
            await whenAll(futures),
            range.map((n) => n + 1),
          );
          assert.deepEqual(await Promise.all(futures), await twice);
          assert.equal(await futures[17], 18);
        }
        assert.deepEqual(
          await whenAll(range.map((n) => text.spawn(n))),
          range.map((n) => "x".repeat(n % 50)),
        );
      }),
  },
  {
    name: "the values are those of the futures that were given, whatever becomes of the array",
    run: (runtime) =>
      runtime.run(async () => {
        const futures = range.map((n) => next.spawn(n));
        const all = whenAll(futures);
        futures.length = 0;
        assert.equal((await all).length, COUNT);
      }),
  },
  {
    name: "one failure fails whenAll and leaves the others alone",
    run: (runtime) =>
      runtime.run(async () => {
        const futures = range.map((n) => failsAt.spawn(n, 2001));
        const error = await errorOf(whenAll(futures));
        assert.ok(error instanceof OddError && error.n === 2001);
        const settled = await Promise.allSettled(futures);
        assert.equal(settled.filter((it) => it.status === "fulfilled").length, COUNT - 1);
        assert.ok((await errorOf(whenAny([futures[2001]!]))) instanceof AggregateError);
      }),
  },
  {
    name: "a cancelled one is told at once, and the others run",
    run: (runtime) =>
      runtime.run(async () => {
        const futures = range.map((n) => pauses.spawn(n));
        let told = false;
        const last = futures[COUNT - 1]!;
        const hears = last.catch((error) => {
          told = error.code === "HEDDLE_CANCELLED";
        });
        const all = errorOf(whenAll(futures));
        assert.equal(last.cancel(), true);
        await hears;
        assert.equal(told, true);
        assert.equal(((await all) as { code?: string }).code, "HEDDLE_CANCELLED");
        const settled = await Promise.allSettled(futures);
        assert.equal(settled.filter((it) => it.status === "fulfilled").length, COUNT - 1);
      }),
  },
  {
    name: "one of many can be handed to another task",
    run: (runtime) =>
      runtime.run(async () => {
        const futures = range.map((n) => next.spawn(n));
        const before = futures[2500]!.then((value) => value);
        const passed = passes.spawn(futures[2500]!);
        assert.deepEqual([await passed, await before, await futures[2500]], [2502, 2501, 2501]);
        await whenAll(futures);
      }),
  },
  {
    name: "a finish waits for all of them, and hears of a failure",
    run: (runtime) =>
      runtime.run(async () => {
        const futures: Future<number>[] = [];
        await finish(async () => {
          for (const n of range) futures.push(next.spawn(n));
        });
        assert.ok(futures.every((it, n) => it.status === "fulfilled" && n >= 0));
        const error = await errorOf(
          finish(async () => {
            for (const n of range) failsAt.spawn(n, 1500);
          }),
        );
        assert.ok(error instanceof OddError);
      }),
  },
];
