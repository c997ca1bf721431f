import assert from "node:assert/strict";
import { type CrossingError, type Future, finish, promise, task } from "heddle";
import { type Case, errorOf, onlyWithWorkers } from "../case.ts";

class QuotaError extends Error {
  override readonly name = "QuotaError";
  readonly code = "QUOTA";
  readonly limit: number;
  readonly details: { used: number[] };
  constructor(message: string, limit: number, options?: ErrorOptions) {
    super(message, options);
    this.limit = limit;
    this.details = { used: [1, 2, limit] };
  }
}

const throwsQuota = task(import.meta, function throwsQuota(limit: number): never {
  throw new QuotaError("quota exceeded", limit, { cause: new TypeError("inner", { cause: { reason: "deep" } }) });
});
const throwsAggregate = task(import.meta, function throwsAggregate(): never {
  throw new AggregateError([new RangeError("one"), new SyntaxError("two")], "many");
});
const throwsValue = task(import.meta, function throwsValue(value: unknown): never {
  throw value;
});
const throwsAsync = task(import.meta, async function throwsAsync(text: string): Promise<never> {
  await null;
  throw new TypeError(text);
});
const throwsGenerator = task(import.meta, function* throwsGenerator(text: string): Generator<Future<unknown>, never> {
  yield* quick.spawn(1);
  throw new TypeError(text);
});
const quick = task(import.meta, function quick(n: number): number {
  return n;
});
const joins = task(import.meta, function joins(limit: number): string {
  try {
    return throwsQuota.spawn(limit).join();
  } catch (error) {
    const { name, message, code, limit } = error as QuotaError;
    return [name, message, code, limit, (error as Error).cause instanceof TypeError].join();
  }
});
const passesOn = task(import.meta, function (levels: number): number {
  return levels === 0 ? throwsQuota.spawn(7).join() : passesOn.spawn(levels - 1).join();
});
const cannotReturn = task(import.meta, function cannotReturn(): unknown {
  return { deep: [1, () => 1] };
});
const observedLater = task(import.meta, function* observedLater(): Generator<Future<unknown>, string> {
  const failing = throwsValue.spawn(new Error("late"));
  yield* quick.spawn(1);
  yield* quick.spawn(2);
  try {
    yield* failing;
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing";
});
const failsFirst = task(import.meta, function* failsFirst(): Generator<Future<unknown>, string> {
  const it = promise<number>();
  it.fail(new Error("before anybody waits"));
  yield* quick.spawn(1);
  try {
    yield* it.future;
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing";
});
const overflow = task(import.meta, function overflow(n: number): number {
  return overflow(n + 1) + 1;
});

export const failures: Case[] = [
  {
    name: "a custom class keeps name, message, code, fields, cause",
    async run() {
      const error = (await errorOf(throwsQuota.spawn(5))) as QuotaError;
      assert.equal(error.name, "QuotaError");
      assert.equal(error.message, "quota exceeded");
      assert.equal(error.code, "QUOTA");
      assert.equal(error.limit, 5);
      assert.deepEqual(error.details, { used: [1, 2, 5] });
      assert.ok(error.cause instanceof TypeError);
      assert.deepEqual(error.cause.cause, { reason: "deep" });
    },
  },
  {
    name: "the stack names the throw site and the spawn site",
    skip: onlyWithWorkers("the serial scheduler records no spawn sites"),
    async run() {
      const error = await errorOf(throwsQuota.spawn(5));
      assert.match(error.stack!, /at throwsQuota .*failures\.ts:\d+/);
      assert.match(error.stack!, /spawned at/);
      assert.match(error.stack!.split("spawned at")[1]!, /failures\.ts:\d+/);
      assert.match((await errorOf(throwsAsync.spawn("x"))).stack!, /spawned at[\s\S]*failures\.ts/);
    },
  },
  {
    name: "AggregateError with its errors",
    async run() {
      const error = await errorOf(throwsAggregate.spawn());
      assert.ok(error instanceof AggregateError);
      assert.equal(error.message, "many");
      assert.ok(error.errors[0] instanceof RangeError);
      assert.ok(error.errors[1] instanceof SyntaxError);
    },
  },
  {
    name: "what is thrown need not be an error",
    async run() {
      for (const value of ["text", 42, null, undefined, { plain: [1] }]) {
        const settled = await Promise.allSettled([throwsValue.spawn(value)]);
        assert.deepEqual(settled, [{ status: "rejected", reason: value }]);
      }
    },
  },
  {
    name: "failures of generator and async tasks",
    async run() {
      for (const it of [throwsAsync, throwsGenerator]) {
        const error = await errorOf(it.spawn("gone"));
        assert.ok(error instanceof TypeError);
        assert.equal(error.message, "gone");
      }
    },
  },
  {
    name: "join throws what the child threw",
    async run() {
      assert.equal(await joins.spawn(3), "QuotaError,quota exceeded,QUOTA,3,true");
      const error = (await errorOf(passesOn.spawn(6))) as QuotaError;
      assert.equal(error.limit, 7);
    },
  },
  {
    name: "a failure is there for whoever comes later",
    async run() {
      assert.equal(await observedLater.spawn(), "late");
      const failing = throwsValue.spawn(new Error("twice"));
      assert.equal((await errorOf(failing)).message, "twice");
      assert.equal(await errorOf(failing), await errorOf(failing));
      assert.equal(failing.status, "failed");
    },
  },
  {
    name: "a promise may fail before anybody waits for it",
    async run() {
      assert.equal(await failsFirst.spawn(), "before anybody waits");
    },
  },
  {
    name: "a stack overflow fails one task only",
    async run() {
      assert.ok((await errorOf(overflow.spawn(0))) instanceof RangeError);
      assert.equal(await quick.spawn(1), 1);
    },
  },
  {
    name: "a result that cannot cross names the path",
    skip: onlyWithWorkers("nothing crosses on the serial scheduler"),
    async run() {
      const error = (await errorOf(cannotReturn.spawn())) as CrossingError;
      assert.equal(error.code, "HEDDLE_CANNOT_CROSS");
      assert.equal(error.path, "result.deep[1]");
    },
  },
  {
    name: "an argument that cannot cross is told at the call, with its path",
    skip: onlyWithWorkers("nothing crosses on the serial scheduler"),
    async run(runtime) {
      const socket = { user: { socket: new WeakMap() } };
      const before = runtime.client?.outstanding;
      assert.throws(
        () => throwsValue.spawn(socket),
        (error: Error & { code: string; path: string }) => {
          assert.equal(error.code, "HEDDLE_CANNOT_CROSS");
          assert.equal(error.path, "args[0].user.socket");
          assert.match(error.message, /args\[0\]\.user\.socket/);
          return true;
        },
      );
      const error = await errorOf(
        finish(async () => {
          for (let i = 0; i < 10; i++) quick.spawn(i);
          throwsValue.spawn([() => 1]);
        }),
      );
      assert.equal((error as Error & { path: string }).path, "args[0][0]");
      assert.equal(runtime.client?.outstanding, before);
    },
  },
];
