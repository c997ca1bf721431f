import assert from "node:assert/strict";
import { type Future, type HeddlePromise, promise, task } from "heddle";
import type { Case } from "../case.ts";

type Steps<T> = Generator<Future<unknown>, T>;

const add = task(import.meta, function add(a: number, b: number): number {
  return a + b;
});
const putLater = task(import.meta, function putLater(it: HeddlePromise<number>, value: number): void {
  it.put(value);
});
const waitsForPromise = task(import.meta, function* waitsForPromise(it: Future<number>): Steps<number> {
  return (yield* it) + 1;
});

const forever = task(import.meta, function* forever(gate: Future<number>): Generator<Future<unknown>, number> {
  return yield* gate;
});

const passesOn = task(import.meta, function* passesOn(gate: Future<number>): Steps<number> {
  const own = promise<number>();
  void gate.then((value) => own.put(value + 1)); // a callback in a worker that has nothing else to do
  return (yield* own.future) * 2;
});

/** Futures and promises that are arguments of other tasks. */
export const promises: Case[] = [
  {
    name: "a promise whose ends lie in different tasks",
    async run() {
      const it = promise<number>();
      const waiting = waitsForPromise.spawn(it.future);
      const direct = it.future.then((value) => value * 2);
      await putLater.spawn(it, 21);
      assert.equal(await waiting, 22);
      assert.equal(await direct, 42);
    },
  },
  {
    name: "thousands of tasks wait for one that is spawned after them",
    async run() {
      const it = promise<number>();
      const waiting = Array.from({ length: 8000 }, () => forever.with({ name: "waits" }).spawn(it.future)); // CELLS_PER_SLOT is 8192
      const put = putLater.with({ name: "puts" }).spawn(it, 1);
      assert.equal((await Promise.all(waiting)).length, 8000);
      await put;
    },
  },
  {
    name: "a callback of then in a generator task runs",
    async run() {
      const gate = promise<number>();
      const waiting = passesOn.spawn(gate.future);
      assert.equal(await add.spawn(1, 1), 2);
      gate.put(20);
      assert.equal(await waiting, 42);
    },
  },
  {
    name: "a generator task that waits for a promise of the main thread",
    async run() {
      const gate = promise<number>();
      const waiting = forever.spawn(gate.future);
      assert.equal(await add.spawn(1, 1), 2);
      gate.put(5);
      assert.equal(await waiting, 5);
    },
  },
];
