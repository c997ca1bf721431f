import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { accumulator, finish, max, min, sum } from "heddle";
import { suiteRuntime } from "../support/suite-runtime.ts";
import * as tasks from "./accumulator-tasks.ts";

const N = 4000;

/** As on one thread, in order. */
function expected(): { sum: number; min: number; max: number } {
  const [total, least, most] = [sum(), min(), max()];
  for (let i = 0; i < N; i++) for (const it of [total, least, most]) it.add(tasks.numberAt(i));
  return { sum: total.value, min: least.value, max: most.value };
}

test("accumulators of nothing", () => {
  assert.deepEqual([sum().value, min().value, max().value], [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  assert.equal(accumulator({ identity: 1, combine: (a: number, b: number) => a * b }).value, 1);
});

test("min and max choose as Math does", () => {
  const [least, most] = [min(), max()];
  for (const value of [0, -0, 3]) for (const it of [least, most]) it.add(value);
  assert.ok(Object.is(least.value, -0));
  assert.equal(most.value, 3);
  least.add(Number.NaN);
  assert.ok(Number.isNaN(least.value));
});

test("misuse is told at the call", () => {
  const outside = 3;
  assert.throws(() => accumulator({ identity: 1, combine: (a: number, b: number) => a * b * outside }), {
    code: "HEDDLE_LAMBDA",
  });
  assert.throws(() => accumulator({ identity: 1 } as never), { code: "HEDDLE_USAGE" });
  assert.throws(() => accumulator({ identity: 1, combine: ((a: number) => a) as never }), { code: "HEDDLE_USAGE" });
  assert.throws(() => sum().add(1n as never), { code: "HEDDLE_USAGE" });
});

for (const workers of [0, 1, 2, 4]) {
  suite(`accumulators, ${workers} workers`, { timeout: 60_000 }, () => {
    const on = suiteRuntime(workers);

    test(
      "sum, min and max are the same bit for bit, whoever adds",
      on(async () => {
        const wanted = expected();
        for (let round = 0; round < 3; round++) {
          const all = [sum(), min(), max()];
          await finish(async () => {
            for (let i = 0; i < N; i += 500) tasks.addNumbers.spawn(all, i, i + 500);
          });
          assert.deepEqual({ sum: all[0]!.value, min: all[1]!.value, max: all[2]!.value }, wanted);
        }
      }),
    );

    test(
      "what was added before the accumulator crossed, and outside of tasks, counts",
      on(async () => {
        const total = sum();
        total.add(1e300);
        await finish(async () => {
          tasks.addNumbers.spawn([total], 0, 100);
          total.add(5);
        });
        total.add(-1e300);
        await finish(async () => {
          tasks.addNumbers.spawn([total], 100, N);
        });
        total.add(-5);
        assert.equal(total.value, expected().sum);
      }),
    );

    test(
      "a scope inside a task",
      on(async () => {
        const wanted = sum();
        wanted.add(1);
        for (let i = 0; i < 1000; i++) wanted.add(tasks.numberAt(i));
        assert.equal(await tasks.inside.spawn(1000), wanted.value);
        assert.equal(await tasks.nested.spawn(), "ddeehl");
      }),
    );

    test(
      "user-defined: bigints, objects, and a task that combines",
      on(async () => {
        const total = accumulator({ identity: 0n, combine: (a: bigint, b: bigint) => a + b });
        const words = accumulator<Record<string, number>>({
          identity: {},
          combine: (a, b) => {
            const all = { ...a };
            for (const word of Object.keys(b)) all[word] = (all[word] ?? 0) + b[word]!;
            return all;
          },
        });
        const longest = accumulator({ identity: "", combine: tasks.longer as (a: string, b: string) => string });
        await finish(async () => {
          for (let i = 0; i < 20; i++) tasks.addBig.spawn(total, 100);
          for (const word of ["warp", "weft", "warp"]) tasks.addWord.spawn(words, word);
          for (const word of ["a", "abc", "abd", "ab"]) tasks.addString.spawn(longest, word);
        });
        assert.equal(total.value, 101_000n);
        assert.deepEqual(words.value, { warp: 4, weft: 2, all: 3 });
        assert.equal(longest.value, "abc");
      }),
    );
  });
}
