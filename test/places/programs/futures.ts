/** Futures and promises that several places know. */
import assert from "node:assert/strict";
import { CancelledError, type Future, finish, type HeddlePromise, place, promise, shared, sum, task, whenAll } from "heddle";
import { type Cases, check, errorOf, isSerial } from "./check.ts";
import * as t from "./tasks.ts";

export const awaitIt = task(import.meta, async (future: Future<unknown>): Promise<[number, unknown]> => [place(), await future]);
export const yieldIt = task(import.meta, function* (future: Future<number>): Generator<Future<number>, number> {
  return (yield* future) + 1;
});
export const joinIt = task(import.meta, (future: Future<number>): number => future.join());
export const awaitBoth = task(
  import.meta,
  async (a: Future<unknown>, b: Future<unknown>): Promise<boolean> => a === b && (await a) === (await b),
);
export const passOn = task(import.meta, async (future: Future<unknown>, to: number) => await awaitIt.at(to).spawn(future));
export const putIt = task(import.meta, (it: HeddlePromise<unknown>, value: unknown): void => it.put(value));
export const failIt = task(import.meta, (it: HeddlePromise<unknown>, text: string): void => it.fail(new RangeError(text)));
export const passPutter = task(
  import.meta,
  async (it: HeddlePromise<unknown>, value: unknown, to: number) => await putIt.at(to).spawn(it, value),
);
/** A result with futures that are still pending, of a task and of a promise. */
export const later = task(import.meta, (): { sum: Future<number>; made: Future<string>; made2: HeddlePromise<string> } => {
  const made2 = promise<string>();
  return { sum: slowSum.spawn(1, 2), made: made2.future, made2 };
});
export const slowSum = task(import.meta, async (a: number, b: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return a + b;
});
export const sumOfTwo = task(import.meta, (values: Float64Array): number => values[0]! + values[1]!);
export const cancelIt = task(import.meta, (future: Future<unknown>): boolean => future.cancel("from elsewhere"));
export const poll = task(import.meta, async (future: Future<unknown>): Promise<string> => {
  while (future.status === "pending") await new Promise((resolve) => setTimeout(resolve, 1));
  return future.status;
});

const cases: Cases = {
  async "a pending future is awaited elsewhere"({ next, afterNext }) {
    const p = promise<string>();
    const readers = [next, afterNext, next].map((to) => awaitIt.at(to).spawn(p.future));
    await t.where.at(next).spawn();
    p.put("here it is");
    assert.deepEqual(
      await Promise.all(readers),
      [next, afterNext, next].map((to) => [to, "here it is"]),
    );
  },
  async "generator tasks, dataflow and combinators wait for it"({ next, afterNext }) {
    const p = promise<number>();
    const all = whenAll([yieldIt.at(next).spawn(p.future), t.add.at(afterNext).after(p.future, 10)]);
    p.put(1);
    assert.deepEqual(await all, [2, 11]);
  },
  async "a future of a task that runs at a third place"({ next, afterNext }) {
    const future = slowSum.at(afterNext).spawn(20, 22);
    assert.deepEqual(await awaitIt.at(next).spawn(future), [next, 42]);
    assert.equal(await future, 42);
  },
  async "a future that is passed on"({ next, afterNext }) {
    const p = promise<string>();
    const far = passOn.at(next).spawn(p.future, afterNext);
    await t.where.at(afterNext).spawn();
    p.put("round");
    assert.deepEqual(await far, [afterNext, "round"]);
  },
  async "one that comes back is the same"({ next, place: here }) {
    const p = promise<string>();
    const result = passOn.at(next).spawn(p.future, here);
    p.put("home");
    assert.deepEqual(await result, [here, "home"]);
    assert.equal(await awaitBoth.at(next).spawn(p.future, p.future), true);
    const q = promise<string>();
    const same = awaitBoth.at(next).spawn(q.future, q.future);
    q.put("twice");
    assert.equal(await same, true);
  },
  async "a promise is put and failed from elsewhere"({ next, afterNext }) {
    const [a, b, c] = [promise<unknown>(), promise<unknown>(), promise<unknown>()];
    void putIt.at(next).spawn(a, { deep: [1, 2] });
    void failIt.at(next).spawn(b, "not today");
    void passPutter.at(next).spawn(c, "from far", afterNext);
    assert.deepEqual(await a.future, { deep: [1, 2] });
    const error = await errorOf(b.future);
    assert.ok(error instanceof RangeError);
    assert.equal(error.message, "not today");
    assert.equal(await c.future, "from far");
  },
  async "who puts elsewhere also reads"({ next }) {
    const p = promise<unknown>();
    const reader = awaitIt.at(next).spawn(p.future);
    await putIt.at(next).spawn(p, 7);
    assert.deepEqual(await reader, [next, 7]);
  },
  async "results with pending futures and promises"({ next, afterNext }) {
    const { sum, made, made2 } = await later.at(next).spawn();
    const there = awaitIt.at(afterNext).spawn(made);
    assert.equal(await sum, 3);
    made2.put("put far away");
    assert.equal(await made, "put far away");
    assert.deepEqual(await there, [afterNext, "put far away"]);
  },
  async "arrays on the heap stay shared at home and are copied elsewhere"({ next, place: here }) {
    const p = promise<Float64Array>();
    const there = t.sumOf.at(next).after(p.future);
    const array = shared.from(new Float64Array([1, 2, 4]));
    p.put(array);
    assert.deepEqual(await there, [7, next === here]);
    assert.equal(await sumOfTwo.after(p.future), 3);
    assert.equal((await p.future).buffer, array.buffer);
    shared.free(array);
  },
  async "values that hold tasks, instances and further futures"({ next, afterNext }) {
    const [outer, inner] = [promise<unknown>(), promise<string>()];
    const there = openIt.at(next).spawn(outer.future, afterNext);
    outer.put({ f: t.add, v: new t.Vector(3, 4), inner: inner.future });
    await t.where.at(next).spawn();
    inner.put("inner");
    assert.deepEqual(await there, [3, 5, "inner", afterNext, "inner"]);
  },
  async failures({ next }) {
    const future = t.rain.spawn(12);
    const error = await errorOf(awaitIt.at(next).spawn(future));
    assert.ok(error instanceof t.WeatherError);
    assert.equal((await errorOf(future)).message, "it rains");
    const p = promise<never>();
    const there = errorOf(awaitIt.at(next).spawn(p.future));
    p.fail(new t.WeatherError("snow", -1));
    assert.equal(((await there) as t.WeatherError).degrees, -1);
  },
  async "a value that cannot cross fails those who wait elsewhere"({ next, place: here }) {
    if (next === here || isSerial()) return; // nothing here knows other threads
    const p = promise<unknown>();
    const there = errorOf(awaitIt.at(next).spawn(p.future));
    await t.where.at(next).spawn();
    assert.throws(() => p.put(() => 1), { code: "HEDDLE_CANNOT_CROSS" });
    const count = sum();
    p.put(count); // which threads of this place may share
    assert.equal((await there).code, "HEDDLE_CANNOT_CROSS");
    assert.equal(await p.future, count);
  },
  async "settled futures cross as their values"({ next }) {
    const future = t.add.spawn(1, 1);
    await future;
    assert.deepEqual(await awaitIt.at(next).spawn(future), [next, 2]);
  },
  async "cancelling from elsewhere"({ next }) {
    const task = t.untilCancelled.spawn();
    assert.equal(await cancelIt.at(next).spawn(task), true);
    const error = await errorOf(task);
    assert.ok(error instanceof CancelledError);
    const p = promise<void>();
    await cancelIt.at(next).spawn(p.future);
    assert.ok((await errorOf(p.future)) instanceof CancelledError);
  },
  async "asking for the status fetches it"({ next }) {
    const p = promise<number>();
    const there = poll.at(next).spawn(p.future);
    p.put(1);
    assert.equal(await there, "fulfilled");
  },
  async "a plain task cannot join it"({ next }) {
    const p = promise<number>();
    assert.equal((await errorOf(joinIt.at(next).spawn(p.future))).code, "HEDDLE_JOIN_NOT_OWN");
    p.put(1);
  },
  async "what belongs to a place is refused"({ next, place: here }) {
    if (next === here) return;
    await finish(async () => {
      for (const it of [sum()])
        assert.throws(() => t.echo.at(next).spawn(it), { code: "HEDDLE_CANNOT_CROSS", message: /belongs to its place/ });
    });
  },
  async "many of them"({ next, afterNext }) {
    const promises = Array.from({ length: 500 }, () => promise<number>());
    const there = promises.map((p, i) => yieldIt.at(i % 2 === 0 ? next : afterNext).spawn(p.future));
    for (const [i, p] of promises.entries()) {
      if (i % 3 === 0) void putIt.at(next).spawn(p as HeddlePromise<unknown>, i);
      else p.put(i);
    }
    for (const [i, future] of there.entries()) assert.equal(await future, i + 1);
  },
};

type Opened = { f: typeof t.add; v: t.Vector; inner: Future<string> };
export const openIt = task(import.meta, async (future: Future<unknown>, to: number) => {
  const { f, v, inner } = (await future) as Opened;
  const passed = awaitIt.at(to).spawn(inner);
  return [f(1, 2), v.length, await inner, ...(await passed)];
});

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  // Who has put a promise of another place holds it until garbage is collected.
  await check(cases, place, places, args[0], true);
}
