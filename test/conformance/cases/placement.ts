import assert from "node:assert/strict";
import { type Future, finish, shared, spawn, task } from "heddle";
import { type Case, errorOf } from "../case.ts";

/** Notes its turn: the how-manieth of all tasks it is. */
const note = task(import.meta, function note(order: Int32Array, id: number): void {
  order[1 + Atomics.add(order, 0, 1)] = id;
});
const queue = task(import.meta, function* queue(order: Int32Array): Generator<Future<unknown>, void> {
  // biome-ignore lint/correctness/useYield: the scope waits
  yield* finish(function* () {
    for (let i = 0; i < 4; i++) {
      note.with({ priority: "low" }).spawn(order, 30 + i);
      note.with({ priority: "normal" }).spawn(order, 20 + i);
      note.with({ priority: "high" }).spawn(order, 10 + i);
    }
  });
});
/** Leaves tasks on its worker, and holds it until the gate is open. */
const crowd = task(import.meta, function crowd(order: Int32Array, gate: Int32Array): void {
  for (let i = 0; i < 20; i++) note.spawn(order, i);
  Atomics.store(gate, 1, 1);
  while (Atomics.load(gate, 0) === 0);
});
const square = task(import.meta, function square(n: number): number {
  return n * n;
});
const nestedAffinity = task(import.meta, function (levels: number): number {
  if (levels === 0) return 1;
  const children = [0, 1, 2].map((i) => nestedAffinity.with({ affinity: levels + i }).spawn(levels - 1));
  return children.reduce((sum, it) => sum + it.join(), 0);
});
const nestedPriority = task(import.meta, function (levels: number): number {
  if (levels === 0) return 1;
  const children = (["low", "high", "normal"] as const).map((priority) => nestedPriority.with({ priority }).spawn(levels - 1));
  return children.reduce((sum, it) => sum + it.join(), 0);
});

export const placement: Case[] = [
  {
    name: "high before normal before low, where one worker has the choice",
    skip: (workers) => (workers > 1 ? "with several workers, all of them run at once" : undefined),
    async run() {
      const order = shared.int32(13);
      await queue.spawn(order);
      const kinds = Array.from(order.subarray(1), (id) => Math.floor(id / 10));
      assert.deepEqual(kinds, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
      shared.free(order);
    },
  },
  {
    name: "an urgent task from the main thread goes before what the worker has of its own",
    skip: (workers) =>
      workers === 1 ? undefined : "with several workers another one may take it; serial, it cannot come meanwhile",
    async run() {
      const order = shared.int32(22);
      const gate = shared.int32(2);
      await finish(async () => {
        crowd.spawn(order, gate);
        while (Atomics.load(gate, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        note.with({ priority: "high" }).spawn(order, 99);
        Atomics.store(gate, 0, 1);
      });
      assert.equal(order[0], 21);
      assert.equal(order[1], 99);
      shared.free(order);
      shared.free(gate);
    },
  },
  {
    name: "priorities from the main thread: all run",
    async run() {
      const order = shared.int32(301);
      await finish(async () => {
        for (let i = 0; i < 300; i++) note.with({ priority: (["low", "normal", "high"] as const)[i % 3]! }).spawn(order, i + 1);
      });
      assert.equal(order[0], 300);
      assert.deepEqual(new Set(order.subarray(1)), new Set(Array.from({ length: 300 }, (_, i) => i + 1)));
      shared.free(order);
    },
  },
  {
    name: "joins of children of every priority",
    async run() {
      assert.equal(await nestedPriority.spawn(6), 729);
    },
  },
  {
    name: "affinity is a hint: any number will do, all run",
    async run() {
      const futures = Array.from({ length: 50 }, (_, i) => square.with({ affinity: i }).spawn(i));
      assert.deepEqual(
        await Promise.all(futures),
        futures.map((_, i) => i * i),
      );
    },
  },
  {
    name: "affinity among joins: nobody waits for ever",
    async run() {
      assert.equal(await nestedAffinity.spawn(6), 729);
    },
  },
  {
    name: "names and combined options",
    async run() {
      assert.equal(await square.with({ name: "my square" }).with({ priority: "high", affinity: 1 }).spawn(3), 9);
      assert.equal(await square.with({ priority: "low" }).after(square.spawn(2), ...([] as [])), 16);
    },
  },
  {
    name: "options out of range are told at the call",
    async run() {
      for (const options of [{ priority: "urgent" }, { affinity: -1 }, { affinity: 0.5 }, { signal: {} }, { prio: "high" }]) {
        const error = await errorOf(async () => square.with(options as never).spawn(1));
        assert.equal(error.code, "HEDDLE_USAGE");
        const ofLambda = await errorOf(async () => spawn([1], (n) => n, options as never));
        assert.equal(ofLambda.code, "HEDDLE_USAGE");
      }
    },
  },
];
