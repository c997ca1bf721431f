/** Remote spawns: what they carry, how they nest, how they fail, how they are cancelled. */
import assert from "node:assert/strict";
import { CancelledError, finish, place, places, shared, spawn, whenAll } from "heddle";
import { type Cases, check, errorOf, isSerial } from "./check.ts";
import * as t from "./tasks.ts";

const cases: Cases = {
  async "a task runs at the place that is named"({ place: here, next, places: count }) {
    for (let p = 0; p < count; p++) assert.equal(await t.where.at(p).spawn(), p);
    assert.equal(await t.where.spawn(), here);
    assert.equal(await t.where.with({ place: next, priority: "high", name: "elsewhere" }).spawn(), next);
    assert.equal(place(), here);
    assert.equal(places(), count);
  },
  async "there is no such place"({ places: count }) {
    for (const p of [-1, count, 1.5, Number.NaN]) assert.throws(() => t.where.at(p), { code: "HEDDLE_USAGE" });
  },
  async "values cross both ways"({ next }) {
    const cycle: Record<string, unknown> = { name: "ring" };
    cycle.self = cycle;
    const values = [
      0,
      -0,
      1,
      -5,
      2 ** 31,
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      12345678901234567890n,
      "",
      "text with ü and 𝄞",
      true,
      false,
      null,
      undefined,
      [1, [2, [3]]],
      { a: 1, b: { c: [undefined, null] } },
      new Map<unknown, unknown>([[1, new Set(["x"])]]),
      new Date(0),
      /a+b/gi,
      new Float64Array([1, 2, 3]).subarray(1),
      new Uint8Array(300_000).fill(7),
      cycle,
    ];
    for (const value of values) assert.deepStrictEqual(await t.echo.at(next).spawn(value), value);
  },
  async "four arguments, and fewer than declared"({ next }) {
    assert.equal(await t.four.at(next).spawn(1, "b", true, [4]), JSON.stringify([1, "b", true, [4], next]));
    assert.equal(await t.four.at(next).spawn(1, "b", false), JSON.stringify([1, "b", false, undefined, next]));
  },
  async "arrays on the heap are copied to other places"({ next, place: here }) {
    const array = shared.float64(50_000).fill(0.5);
    const [sum, onHeap] = await t.sumOf.at(next).spawn(array.subarray(3));
    assert.deepEqual([sum, onHeap], [(50_000 - 3) / 2, next === here]);
    const small = shared.from(new Int16Array([1, -2, 3]));
    assert.deepEqual(await t.echo.at(next).spawn([small, small.subarray(1)]), [
      new Int16Array([1, -2, 3]),
      new Int16Array([-2, 3]),
    ]);
    const back = await t.makeRamp.at(next).spawn(1000, next !== here);
    assert.equal(back[999], 999);
    assert.equal(back.buffer instanceof SharedArrayBuffer, next === here);
    for (const it of [array, small]) shared.free(it);
    if (next === here) shared.free(back);
  },
  async "instances of classes and tasks cross"({ next }) {
    assert.equal(await t.lengthOf.at(next).spawn(new t.Vector(3, 4)), 5);
    const back = (await t.echo.at(next).spawn(new t.Vector(1, 2))) as t.Vector;
    assert.ok(back instanceof t.Vector);
    assert.equal(await t.apply.at(next).spawn(t.add, 2, 3), 5);
    assert.equal(await t.giveTask.at(next).spawn(), t.add);
  },
  async "what belongs to a place is refused"({ next, place: here }) {
    if (next === here) return;
    assert.throws(() => t.echo.at(next).spawn(() => 1), { code: "HEDDLE_CANNOT_CROSS" });
  },
  async lambdas({ next }) {
    assert.equal(await spawn([20, 22], (a, b) => a + b, { place: next }), 42);
    assert.deepEqual(await spawn([[1, 2]], async (list) => list.map((x) => x * 2), { place: next }), [2, 4]);
  },
  async "errors keep class, message, code, fields and cause, and say where"({ next, place: here }) {
    const error = (await errorOf(t.rain.at(next).spawn(7))) as t.WeatherError;
    assert.ok(error instanceof t.WeatherError);
    assert.equal(error.message, "it rains");
    assert.equal(error.code, "RAIN");
    assert.equal(error.degrees, 7);
    assert.ok(error.cause instanceof RangeError);
    assert.match(error.stack!, /tasks\.ts/);
    if (!isSerial()) assert.match(error.stack!, /remote\.ts/, "the spawn site");
    if (next !== here) assert.match(error.stack!, new RegExp(`thrown at place ${next} `));
  },
  async "errors come by way of a third place"({ next, afterNext, place: here }) {
    const error = (await errorOf(t.rainThere.at(next).spawn(afterNext))) as t.WeatherError;
    assert.ok(error instanceof t.WeatherError);
    assert.equal(error.degrees, 3);
    if (next !== afterNext) assert.match(error.stack!, new RegExp(`thrown at place ${afterNext} `));
    if (next !== here) assert.match(error.stack!, /tasks\.ts/);
  },
  async "a result that cannot cross fails the task"({ next, place: here }) {
    if (next === here) return;
    const error = await errorOf(spawn([], () => () => 1, { place: next }));
    assert.equal(error.code, "HEDDLE_CANNOT_CROSS");
  },
  async "plain tasks wait on their stacks round all places"({ place: here, places: count }) {
    const hops = 4 * count + 1;
    assert.deepEqual(
      await t.round.spawn(hops),
      Array.from({ length: hops + 1 }, (_, i) => (here + i) % count),
    );
  },
  async "generator and async tasks wait round all places"({ place: here, places: count }) {
    const expected = Array.from({ length: 2 * count + 1 }, (_, i) => (here + i) % count);
    assert.deepEqual(await t.roundGenerator.spawn(2 * count), expected);
    assert.deepEqual(await t.roundAsync.spawn(2 * count), expected);
  },
  async "a tree of tasks over all places"() {
    assert.equal(await t.tree.spawn(7), 128);
  },
  async "local work of a remote task"({ next }) {
    const all = await Promise.all([20, 21, 22].map((n) => t.fib.at(next).spawn(n)));
    assert.deepEqual(all, [6765, 10946, 17711]);
  },
  async dataflow({ next, afterNext }) {
    const sum = t.add.at(next).after(t.add.at(afterNext).spawn(1, 2), t.add.spawn(3, 4));
    assert.equal(await sum, 10);
    const failed = await errorOf(t.add.at(next).after(t.rain.at(afterNext).spawn(1), 1));
    assert.ok(failed instanceof t.WeatherError);
    assert.deepEqual(await whenAll([t.where.at(next).spawn(), t.where.at(afterNext).spawn()]), [next, afterNext]);
  },
  async "more tasks than there are cells"({ next, afterNext, place: here }) {
    const n = here === 0 ? 10_000 : 500; // CELLS_PER_SLOT is 8192
    const futures = Array.from({ length: n }, (_, i) => t.add.at(next).spawn(i, 1));
    let sum = 0;
    for (const future of futures) sum += await future;
    assert.equal(sum, (n * (n + 1)) / 2);
    assert.equal(await t.manyThere.at(next).spawn(afterNext, n), (n * (n + 1)) / 2);
  },
  async "a remote task that found no cell goes when its spawner has taken back some of its own"({ next }) {
    assert.equal(await t.allCellsAtHome.spawn(next), next);
  },
  async "a finish waits for remote tasks that nobody else waits for"({ next }) {
    await finish(async () => {
      void t.scatter.at(next).spawn(3);
      void t.sleepy.at(next).spawn(20);
    });
    assert.equal(await t.scatterInFinish.at(next).spawn(3), next);
  },
  async "a finish hears of failures far below"({ next, afterNext }) {
    const error = await errorOf(
      finish(async () => {
        void t.scatterFailing.at(next).spawn(3, afterNext);
      }),
    );
    assert.ok(error instanceof t.WeatherError);
    assert.equal(error.message, `hail at ${afterNext}`);
    assert.equal(await t.finishThere.at(next).spawn(afterNext), `hail at ${afterNext}`);
  },
  async "several failures arrive together"({ next }) {
    const error = await errorOf(
      finish(
        async () => {
          void t.rain.at(next).spawn(1);
          void t.rain.at(next).spawn(2);
        },
        { onFailure: "continue" },
      ),
    );
    assert.equal(error.code, "HEDDLE_FINISH");
    assert.equal((error as AggregateError).errors.length, 2);
  },
  async "a failure cancels the rest of its finish, at other places too"({ next, afterNext }) {
    const error = await errorOf(
      finish(async () => {
        void t.untilCancelled.at(next).spawn();
        void t.parentOfEndless.at(next).spawn(afterNext);
        void t.failLate.at(afterNext).spawn(5);
      }),
    );
    assert.equal(error.message, "late");
  },
  async "cancelling a remote task"({ next, afterNext }) {
    for (const future of [t.untilCancelled.at(next).spawn(), t.parentOfEndless.at(next).spawn(afterNext)]) {
      await t.where.at(next).spawn();
      assert.equal(future.cancel("enough"), true);
      const error = await errorOf(future);
      assert.ok(error instanceof CancelledError);
      assert.equal(error.cause, "enough");
    }
  },
  async "cancelling at once, and many"({ next }) {
    const futures = Array.from({ length: 50 }, () => t.untilCancelled.at(next).spawn());
    for (const future of futures) future.cancel();
    const states = await Promise.allSettled(futures);
    assert.ok(states.every(({ status }) => status === "rejected"));
    const stop = new AbortController();
    const future = t.untilCancelled.with({ place: next, signal: stop.signal }).spawn();
    stop.abort(new Error("by signal"));
    assert.equal(((await errorOf(future)).cause as Error).message, "by signal");
  },
};

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  await check(cases, place, places, args[0]);
}
