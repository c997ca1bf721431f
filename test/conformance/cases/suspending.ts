import assert from "node:assert/strict";
import { type Future, finish, type HeddlePromise, promise, task, whenAll } from "heddle";
import type { Case } from "../case.ts";
import { errorOf } from "../case.ts";

type Steps<T> = Generator<Future<unknown>, T>;

const square = task(import.meta, function square(n: number): number {
  return n * n;
});
const fails = task(import.meta, function fails(text: string): number {
  throw new RangeError(text);
});
const both = task(import.meta, function* both(n: number): Steps<number> {
  const a = square.spawn(n);
  const b = square.spawn(n + 1);
  return (yield* a) + (yield* b);
});
const fibGenerator = task(import.meta, function* (n: number): Steps<number> {
  if (n < 2) return n;
  const a = fibGenerator.spawn(n - 1);
  const b = fibGenerator.spawn(n - 2);
  return (yield* a) + (yield* b);
});
const fibAsync = task(import.meta, async function (n: number): Promise<number> {
  if (n < 2) return n;
  const a = fibAsync.spawn(n - 1);
  const b = fibAsync.spawn(n - 2);
  return (await a) + (await b);
});
const mixed = task(import.meta, async function mixed(n: number): Promise<number[]> {
  return [await both.spawn(n), await square.spawn(n), await fibAsync.spawn(5), await fibGenerator.spawn(5)];
});
const joinsGenerator = task(import.meta, function joinsGenerator(n: number): number {
  return fibGenerator.spawn(n).join() + both.spawn(n).join();
});
const catches = task(import.meta, function* catches(): Steps<string[]> {
  const log: string[] = [];
  try {
    yield* fails.spawn("one");
    log.push("not reached");
  } catch (error) {
    log.push((error as Error).message);
  } finally {
    log.push("finally");
  }
  log.push(String(yield* square.spawn(3)));
  return log;
});
const cleanUp = task(import.meta, function* cleanUp(): Steps<string> {
  const log: string[] = [];
  const steps = function* (): Steps<void> {
    try {
      yield* fails.spawn("gate");
    } finally {
      log.push(`cleaned up with ${yield* square.spawn(2)}`);
    }
  };
  try {
    yield* steps();
  } catch (error) {
    log.push((error as Error).message);
  }
  return log.join();
});
const settledAlready = task(import.meta, function* settledAlready(): Steps<number> {
  const future = square.spawn(4);
  yield* future;
  return (yield* future) + (yield* future);
});
const insideFinish = task(import.meta, function* insideFinish(n: number): Steps<number[]> {
  const seen: number[] = [];
  const value = yield* finish(function* () {
    for (let i = 0; i < n; i++) fibGenerator.spawn(i);
    seen.push(yield* square.spawn(n));
    return seen.length;
  });
  return [value, ...seen];
});
const failingFinish = task(import.meta, function* failingFinish(): Steps<string> {
  try {
    yield* finish(function* () {
      fails.spawn("in scope");
      yield* square.spawn(1);
    });
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing";
});
const catchesInsideFinish = task(import.meta, function* catchesInsideFinish(): Steps<string> {
  return yield* finish(
    function* () {
      const before = yield* square.spawn(2);
      try {
        yield* square.after(fails.after("inner"));
      } catch (error) {
        return `${before}: caught ${(error as Error).message}`;
      }
      return "nothing";
    },
    { onFailure: "continue" },
  );
});
const turns = task(import.meta, function* turns(rounds: number): Steps<string> {
  const mine = Array.from({ length: rounds }, () => promise<number>());
  const theirs = Array.from({ length: rounds }, () => promise<number>());
  const log: string[] = [];
  const other = player.spawn(mine, theirs);
  for (let i = 0; i < rounds; i++) {
    mine[i]!.put(i);
    log.push(String(yield* theirs[i]!.future));
  }
  return `${log.join()} ${yield* other}`;
});
const player = task(import.meta, function* player(theirs: HeddlePromise<number>[], mine: HeddlePromise<number>[]): Steps<string> {
  for (let i = 0; i < mine.length; i++) mine[i]!.put((yield* theirs[i]!.future) * 10);
  return "done";
});
const collects = task(import.meta, function* collects(n: number): Steps<number> {
  const values = yield* whenAll(Array.from({ length: n }, (_, i) => square.spawn(i)));
  return values.reduce((a, b) => a + b, 0);
});
const yieldsRubbish = task(import.meta, function* yieldsRubbish(): Generator<unknown, string> {
  try {
    yield 42;
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "nothing";
});
const asyncFinish = task(import.meta, async function asyncFinish(n: number): Promise<number> {
  const futures: Future<number>[] = [];
  await finish(async () => {
    for (let i = 0; i < n; i++) futures.push(square.spawn(i));
    await square.spawn(1);
    for (let i = 0; i < n; i++) futures.push(fibAsync.spawn(3));
  });
  return futures.filter((it) => it.status === "fulfilled").length;
});
export const suspending: Case[] = [
  {
    name: "generator tasks wait for children",
    async run() {
      assert.equal(await both.spawn(3), 25);
      assert.equal(await fibGenerator.spawn(14), 377);
    },
  },
  {
    name: "async tasks wait for children",
    async run() {
      assert.equal(await fibAsync.spawn(12), 144);
    },
  },
  {
    name: "all three kinds wait for one another",
    async run() {
      assert.deepEqual(await mixed.spawn(3), [25, 9, 5, 5]);
      assert.equal(await joinsGenerator.spawn(10), 55 + 221);
    },
  },
  {
    name: "a child's failure is thrown into the generator, which may go on",
    async run() {
      assert.deepEqual(await catches.spawn(), ["one", "finally", "9"]);
    },
  },
  {
    name: "cleanup in finally may wait itself",
    async run() {
      assert.equal(await cleanUp.spawn(), "cleaned up with 4,gate");
    },
  },
  {
    name: "yield* on a settled future",
    async run() {
      assert.equal(await settledAlready.spawn(), 32);
    },
  },
  {
    name: "finish in a generator task",
    async run() {
      assert.deepEqual(await insideFinish.spawn(9), [1, 81]);
      assert.equal(await failingFinish.spawn(), "in scope");
      // Caught inside, and still a failure of the scope.
      assert.equal((await errorOf(catchesInsideFinish.spawn())).message, "inner");
    },
  },
  {
    name: "finish in an async task",
    async run() {
      assert.equal(await asyncFinish.spawn(50), 100);
    },
  },
  {
    name: "generator tasks take turns over promises",
    async run() {
      assert.equal(await turns.spawn(5), "0,10,20,30,40 done");
    },
  },
  {
    name: "whenAll in a generator task",
    async run() {
      assert.equal(await collects.spawn(100), 328_350);
    },
  },
  {
    name: "a yield of something else is told",
    async run() {
      assert.equal(await yieldsRubbish.spawn(), "HEDDLE_JOIN_NOT_OWN");
    },
  },
];
