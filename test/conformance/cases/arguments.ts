import assert from "node:assert/strict";
import { type Future, task } from "heddle";
import type { Case } from "../case.ts";

const plain = [
  task(import.meta, () => [] as unknown[]),
  task(import.meta, (a: unknown) => [a]),
  task(import.meta, (a: unknown, b: unknown) => [a, b]),
  task(import.meta, (a: unknown, b: unknown, c: unknown) => [a, b, c]),
  task(import.meta, (a: unknown, b: unknown, c: unknown, d: unknown) => [a, b, c, d]),
  task(import.meta, (a: unknown, b: unknown, c: unknown, d: unknown, e: unknown) => [a, b, c, d, e]),
  task(import.meta, (a: unknown, b: unknown, c: unknown, d: unknown, e: unknown, f: unknown) => [a, b, c, d, e, f]),
];
const rest = task(import.meta, function rest(first: number, ...others: number[]): number[] {
  return [first, ...others];
});
const defaults = task(import.meta, function defaults(a: number, b = 10, c: number | undefined = 100): number[] {
  return [a, b, c];
});
// biome-ignore lint/correctness/useYield: the kind of function is the point
const restGenerator = task(import.meta, function* restGenerator(...all: number[]): Generator<Future<unknown>, number[]> {
  return all;
});
const defaultsAsync = task(import.meta, async function defaultsAsync(a: number, b: number = a * 2): Promise<number[]> {
  return [a, b];
});
const usesArguments = task(import.meta, function usesArguments(_a: number): number {
  // biome-ignore lint/complexity/noArguments: what is tested
  return arguments.length;
});
const identity = task(import.meta, function identity(value: unknown): unknown {
  return value;
});
const identityAsync = task(import.meta, async function identityAsync(value: unknown): Promise<unknown> {
  return value;
});
const identityGenerator = task(import.meta, function* identityGenerator(value: unknown): Generator<Future<unknown>, unknown> {
  return yield* identity.spawn(value);
});
const nested = task(import.meta, function nested(values: unknown[]): unknown[] {
  return values.map((value) => identity.spawn(value)).map((future) => future.join());
});
const callBack = task(import.meta, function callBack(task: typeof rest, n: number): number[] {
  return [...task(n), ...task.spawn(n + 1).join()];
});

const VALUES: Record<string, unknown> = {
  undefined,
  null: null,
  true: true,
  false: false,
  zero: 0,
  "minus zero": -0,
  one: 1,
  "largest int32": 2 ** 31 - 1,
  "smallest int32": -(2 ** 31),
  "beyond int32": 2 ** 31,
  fraction: 0.1,
  NaN: Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  "minus infinity": Number.NEGATIVE_INFINITY,
  "largest safe integer": Number.MAX_SAFE_INTEGER,
  tiny: Number.MIN_VALUE,
  "empty string": "",
  string: "heddle \u{1f9f5} \0 ä",
  "long string": "x".repeat(100_000),
  bigint: 12_345_678_901_234_567_890n,
  array: [1, "two", [3, null, undefined]],
  object: { a: 1, nested: { b: [true, false], date: new Date(86_400_000) } },
  map: new Map<unknown, unknown>([
    ["k", 1],
    [2, { deep: new Set([1, 2]) }],
  ]),
  set: new Set(["a", 1]),
  date: new Date(0),
  regexp: /a+b/giu,
  "typed array": new Float64Array([1, 2.5, Number.NaN]),
  bytes: new Uint8Array(5000).map((_, i) => i),
  "array buffer": new Uint8Array([1, 2, 3]).buffer,
};

export const arguments_: Case[] = [
  {
    name: "0 to 6 arguments arrive in order",
    async run() {
      for (const [count, task] of plain.entries()) {
        const args = Array.from({ length: count }, (_, i) => i + 0.5);
        const spawn = task.spawn as (...args: unknown[]) => Future<unknown[]>;
        assert.deepEqual(await spawn(...args), args);
        assert.deepEqual((task as (...args: unknown[]) => unknown[])(...args), args);
      }
    },
  },
  {
    name: "rest parameters, of plain and generator bodies",
    async run() {
      for (const args of [[1], [1, 2], [1, 2, 3, 4, 5, 6, 7, 8]] as [number, ...number[]][]) {
        assert.deepEqual(await rest.spawn(...args), args);
        assert.deepEqual(await restGenerator.spawn(...args), args);
      }
      assert.deepEqual(await restGenerator.spawn(), []);
    },
  },
  {
    name: "default values stand in for missing and undefined arguments",
    async run() {
      assert.deepEqual(await defaults.spawn(1), [1, 10, 100]);
      assert.deepEqual(await defaults.spawn(1, 2), [1, 2, 100]);
      assert.deepEqual(await defaults.spawn(1, undefined, 3), [1, 10, 3]);
      assert.deepEqual(await defaultsAsync.spawn(4), [4, 8]);
      assert.deepEqual(await defaultsAsync.spawn(4, 5), [4, 5]);
    },
  },
  {
    name: "arguments.length is what was given",
    async run() {
      assert.equal(await usesArguments.spawn(1), 1);
      const spawn = usesArguments.spawn as unknown as (...args: number[]) => Future<number>;
      assert.equal(await spawn(), 0);
      assert.equal(await spawn(1, 2, 3, 4, 5), 5);
    },
  },
  {
    name: "values of all kinds go there and back",
    async run() {
      for (const [kind, value] of Object.entries(VALUES)) {
        assert.deepStrictEqual(await identity.spawn(value), value, kind);
        assert.deepStrictEqual(await identityAsync.spawn(value), value, `${kind}, async`);
        assert.deepStrictEqual(await identityGenerator.spawn(value), value, `${kind}, generator`);
      }
    },
  },
  {
    name: "values of all kinds between tasks",
    async run() {
      const values = Object.values(VALUES);
      assert.deepStrictEqual(await nested.spawn(values), values);
    },
  },
  {
    name: "a task is a value: called and spawned where it arrives",
    async run() {
      assert.deepEqual(await callBack.spawn(rest, 1), [1, 2]);
    },
  },
];
