import assert from "node:assert/strict";
import { type Future, finish, promise, signal, sort, start, task, whenAll, whenAny } from "heddle";
import { type Case, errorOf } from "../case.ts";

const square = task(import.meta, function square(n: number): number {
  return n * n;
});
const squareAsync = task(import.meta, async function squareAsync(n: number): Promise<number> {
  return n * n;
});

/** The code of what `body` throws. */
function codeOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return "nothing";
}

const joinsPromise = task(import.meta, function joinsPromise(): string {
  return codeOf(() => promise<number>().future.join());
});
const grandparent = task(import.meta, function grandparent(): string {
  const shared: { sibling?: Future<number> } = {};
  shared.sibling = square.spawn(3);
  return nephew(shared.sibling);
});
const nephew = (future: Future<number>): string => codeOf(() => future.join());
const joinsAsync = task(import.meta, function joinsAsync(): string {
  return codeOf(() => squareAsync.spawn(3).join());
});
const joinInAsync = task(import.meta, async function joinInAsync(): Promise<string> {
  await null;
  return codeOf(() => square.spawn(3).join());
});
const joinsAtOnce = task(import.meta, async function joinsAtOnce(): Promise<string> {
  return codeOf(() => square.spawn(3).join());
});
const asyncInFinish = task(import.meta, function asyncInFinish(): string {
  return codeOf(() => finish(() => void squareAsync.spawn(1)));
});
const asyncDeepInFinish = task(import.meta, function asyncDeepInFinish(): string {
  return codeOf(() => finish(() => void spawnsAsync.spawn()));
});
const spawnsAsync = task(import.meta, function spawnsAsync(): void {
  squareAsync.spawn(1);
});
const startInTask = task(import.meta, async function startInTask(): Promise<string> {
  try {
    await (await start({ workers: 1 })).stop();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return "nothing";
});

export const misuse: Case[] = [
  {
    name: "join outside of tasks",
    async run() {
      const future = square.spawn(1);
      assert.equal(
        codeOf(() => future.join()),
        "HEDDLE_JOIN_OUTSIDE",
      );
      assert.equal(await future, 1);
      assert.equal(future.join(), 1);
    },
  },
  {
    name: "join of what is not one's own",
    async run() {
      assert.equal(await joinsPromise.spawn(), "HEDDLE_JOIN_NOT_OWN");
      assert.equal(await grandparent.spawn(), "nothing");
    },
  },
  {
    name: "join of an async task, and join in one",
    async run() {
      assert.equal(await joinsAsync.spawn(), "HEDDLE_JOIN_ASYNC");
      assert.equal(await joinInAsync.spawn(), "HEDDLE_JOIN_NOT_OWN");
      assert.equal(await joinsAtOnce.spawn(), "HEDDLE_JOIN_NOT_OWN");
    },
  },
  {
    name: "an async task in a finish that blocks",
    async run() {
      assert.equal(await asyncInFinish.spawn(), "HEDDLE_JOIN_ASYNC");
      assert.equal(await asyncDeepInFinish.spawn(), "HEDDLE_JOIN_ASYNC");
    },
  },
  {
    name: "a plain finish where nothing may block",
    async run() {
      assert.equal(
        codeOf(() => finish(() => 1)),
        "HEDDLE_USAGE",
      );
      assert.equal(
        codeOf(() => finish(async () => 1, { onFailure: "stop" } as never)),
        "HEDDLE_USAGE",
      );
      assert.equal(
        codeOf(() => finish(undefined as never)),
        "HEDDLE_USAGE",
      );
    },
  },
  {
    name: "options that there are not",
    async run() {
      await assert.rejects(start({ worker: 1 } as never), { code: "HEDDLE_USAGE", message: /no option worker/ });
      assert.equal(
        codeOf(() => sort([2, 1], { bye: 1 } as never)),
        "HEDDLE_USAGE",
      );
      assert.equal(
        codeOf(() => square.at(undefined as never)),
        "HEDDLE_USAGE",
      );
    },
  },
  {
    name: "a promise is not fulfilled with its own future",
    async run() {
      const it = promise<unknown>();
      assert.equal(
        codeOf(() => it.put(it.future)),
        "HEDDLE_USAGE",
      );
      it.put(1);
      assert.equal(await it.future, 1);
    },
  },
  {
    name: "a promise is settled once",
    async run() {
      const it = promise<number>();
      it.put(1);
      assert.equal(
        codeOf(() => it.put(2)),
        "HEDDLE_PROMISE_SETTLED",
      );
      assert.equal(
        codeOf(() => it.fail(new Error("no"))),
        "HEDDLE_PROMISE_SETTLED",
      );
      assert.equal(await it.future, 1);
      const cancelled = promise<number>();
      cancelled.future.cancel();
      cancelled.put(1);
      assert.equal((await errorOf(cancelled.future)).code, "HEDDLE_CANCELLED");
    },
  },
  {
    name: "signal outside of tasks",
    async run() {
      assert.equal(
        codeOf(() => signal()),
        "HEDDLE_USAGE",
      );
    },
  },
  {
    name: "whenAll and whenAny of what are no futures, whenAny of nothing",
    async run() {
      assert.equal(
        codeOf(() => whenAll([Promise.resolve(1)] as never)),
        "HEDDLE_USAGE",
      );
      assert.equal(
        codeOf(() => whenAny([1] as never)),
        "HEDDLE_USAGE",
      );
      assert.equal(
        codeOf(() => whenAny([])),
        "HEDDLE_USAGE",
      );
    },
  },
  {
    name: "what is no task",
    async run() {
      const noMeta = "file:///x.js" as unknown as ImportMeta;
      assert.equal(
        codeOf(() => task(noMeta, () => 1)),
        "HEDDLE_TASK_DEFINITION",
      );
      assert.equal(
        codeOf(() => task(import.meta, 5 as never)),
        "HEDDLE_TASK_DEFINITION",
      );
      assert.equal(
        codeOf(() => task(import.meta, square)),
        "HEDDLE_TASK_DEFINITION",
      );
    },
  },
  {
    name: "start with options out of range",
    async run() {
      for (const options of [{ workers: -1 }, { workers: 1.5 }, { workers: 1000 }, { workers: 1, heapBytes: 10 }]) {
        assert.equal((await errorOf(start(options))).code, "HEDDLE_USAGE");
      }
    },
  },
  {
    name: "start inside a task",
    skip: (workers) => (workers === 0 ? "a serial task runs where runtimes are started" : undefined),
    async run() {
      assert.equal(await startInTask.spawn(), "HEDDLE_USAGE");
    },
  },
];
