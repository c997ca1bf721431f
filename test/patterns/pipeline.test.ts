import assert from "node:assert/strict";
import { type FlowProgress, finish, parallel, pipeline, promise, serial, shared } from "heddle";
import { errorOf, turn } from "../conformance/case.ts";
import { square } from "./bodies.ts";
import { onWorkers } from "./on-workers.ts";
import {
  asyncSourceInPlain,
  failOn,
  joinsAsyncStage,
  Log,
  note,
  noteSoon,
  numbersTo,
  pipelineInAsync,
  pipelineInGenerator,
  pipelineInPlain,
  Seen,
  scaled,
  squareByChild,
  squareSoon,
  untilCancelled,
  zeroNeedsOne,
} from "./stream-tasks.ts";

const logOf = (log: Int32Array): number[] => [...log.slice(Log.FIRST, Log.FIRST + log[Log.LENGTH]!)];

onWorkers("pipeline", (test) => {
  test("results in the order of the source, for all kinds of stages", async () => {
    const expected = numbersTo(40).map((x) => x * x);
    assert.deepEqual(await pipeline(numbersTo(40), parallel(square)), expected);
    assert.deepEqual(await pipeline(numbersTo(40), serial(squareSoon)), expected);
    const three = pipeline(
      numbersTo(40),
      parallel((x) => x + 1),
      serial((x, by) => x * by, 2),
      parallel((x) => `${x}`),
    );
    assert.deepEqual(
      await three,
      numbersTo(40).map((x) => `${(x + 1) * 2}`),
    );
    const six = pipeline(
      new Set(numbersTo(40)),
      parallel(squareByChild),
      serial(scaled, 2),
      serial(async (x) => [x]),
      parallel(([x]) => ({ x: x! })),
      parallel(({ x }) => x / 2),
      serial((x) => x),
    );
    assert.deepEqual(await six, expected);
  });

  test("sources: async iterables, promises among the items, nothing", async () => {
    async function* later(n: number): AsyncGenerator<number> {
      for (let i = 0; i < n; i++) {
        await turn();
        yield i;
      }
    }
    assert.deepEqual(await pipeline(later(5), parallel(square), serial(scaled, 2)), [0, 2, 8, 18, 32]);
    assert.deepEqual(await pipeline([1, Promise.resolve(2)], serial(square)), [1, 4]);
    assert.deepEqual(await pipeline([], serial(square)), []);
    assert.deepEqual(await pipeline(later(0), serial(square)), []);
  });

  test("a serial stage takes one item at a time, in order", async () => {
    const logs = [shared.int32(100), shared.int32(100)];
    const results = await pipeline.with({ inFlight: 7 })(
      numbersTo(60),
      parallel(squareSoon),
      parallel((x) => Math.sqrt(x)),
      serial(note, logs[0]!),
      parallel(squareByChild),
      parallel((x) => Math.sqrt(x)),
      serial(noteSoon, logs[1]!),
    );
    assert.deepEqual(results, numbersTo(60));
    for (const log of logs) {
      assert.equal(log[Log.OVERLAPS], 0);
      assert.deepEqual(logOf(log), numbersTo(60));
      shared.free(log);
    }
  });

  test("a parallel stage works on several items at once", async () => {
    assert.deepEqual(await pipeline([0, 1, 2], parallel(zeroNeedsOne, promise<void>())), [0, 1, 2]);
  });

  for (const limit of [1, 3, 8]) {
    test(`never more than ${limit} in flight`, async () => {
      const steps: FlowProgress[] = [];
      let taken = 0;
      let most = 0;
      function* source(): Generator<number> {
        for (; taken < 40; ) {
          taken++;
          most = Math.max(most, taken - (steps.at(-1)?.done ?? 0));
          yield taken;
        }
      }
      const options = { inFlight: limit, onProgress: (step: FlowProgress) => steps.push(step) };
      await pipeline.with(options)(source(), parallel(squareSoon), serial(square));
      assert.equal(most, limit);
      assert.deepEqual(
        steps.map(({ done }) => done),
        numbersTo(40).map((i) => i + 1),
      );
      for (const step of steps) assert.ok(step.inFlight < limit && step.taken - step.done === step.inFlight);
    });
  }

  test("a failure cancels the rest, closes the source and fails the future", async () => {
    const seen = shared.int32(2);
    let closed = false;
    function* endless(): Generator<number> {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed = true;
      }
    }
    const failing = pipeline(endless(), parallel(failOn, 3), parallel(untilCancelled, seen), serial(square));
    assert.equal((await errorOf(failing)).message, "no 3");
    assert.equal(failing.status, "failed");
    assert.equal(closed, true);
    while (seen[Seen.STARTED] !== Atomics.load(seen, Seen.ABORTED)) await turn();
    shared.free(seen);

    function* bad(): Generator<number> {
      yield 1;
      throw new TypeError("disk on fire");
    }
    assert.equal((await errorOf(pipeline(bad(), serial(square)))).message, "disk on fire");
    const progress = pipeline.with({
      onProgress: () => {
        throw new TypeError("no screen");
      },
    });
    assert.equal((await errorOf(progress([1], serial(square)))).message, "no screen");
  });

  test("cancel, and an AbortSignal", async () => {
    const seen = shared.int32(2);
    const first = pipeline(numbersTo(100), parallel(untilCancelled, seen));
    while (Atomics.load(seen, Seen.STARTED) < 1) await turn();
    assert.equal(first.cancel("enough"), true);
    const error = await errorOf(first);
    assert.equal(error.code, "HEDDLE_CANCELLED");
    assert.equal(error.cause, "enough");
    const abort = new AbortController();
    const second = pipeline.with({ signal: abort.signal })(numbersTo(100), parallel(untilCancelled, seen));
    abort.abort("too late");
    assert.equal((await errorOf(second)).cause, "too late");
    assert.equal(second.status, "cancelled");
    assert.equal((await errorOf(pipeline.with({ signal: abort.signal })([1], serial(square)))).code, "HEDDLE_CANCELLED");
    while (Atomics.load(seen, Seen.STARTED) !== Atomics.load(seen, Seen.ABORTED)) await turn();
    shared.free(seen);
  });

  test("in tasks of each kind", async () => {
    const expected = numbersTo(30).map((x) => x * x * 2);
    assert.deepEqual(
      await pipelineInPlain.spawn(30),
      expected.map((x) => x * x),
    );
    assert.deepEqual(await pipelineInGenerator.spawn(30), expected);
    assert.deepEqual(await pipelineInAsync.spawn(30), expected);
  });

  test("a finish scope waits for it", async () => {
    const log = shared.int32(60);
    const error = errorOf(
      finish(async () => {
        pipeline(numbersTo(10), parallel(failOn, 5));
      }),
    );
    assert.equal((await error).message, "no 5");
    await finish(async () => {
      pipeline.with({ inFlight: 2 })(numbersTo(50), parallel(square), serial(note, log));
    });
    assert.equal(log[Log.LENGTH], 50);
    shared.free(log);
  });

  test("misuse is told", async () => {
    const told = (call: () => unknown, what: RegExp, code = "HEDDLE_USAGE"): void => {
      assert.throws(call, (error: Error & { code?: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, what);
        return true;
      });
    };
    told(() => pipeline(5 as never, serial(square)), /pipeline: the source is number/);
    told(() => (pipeline as unknown as (source: number[]) => unknown)([1]), /no stages were given/);
    told(() => pipeline([1], square as never), /stage 1 is no stage/);
    told(() => pipeline([1], serial(square), { inFlight: 1 } as never), /stage 2 is no stage.*pipeline\.with/);
    told(() => pipeline.with({ inFlight: 0 }), /pipeline\.with: inFlight is 0/);
    told(() => serial(5 as never), /serial: the function is number/);
    told(() => parallel(scaled as never), /parallel: the function \(scaled\) has 2 parameters, but gets 1/);
    const outside = 3;
    told(() => parallel((x: number) => x + outside), /outside/, "HEDDLE_LAMBDA");
    assert.equal((await errorOf(joinsAsyncStage.spawn())).code, "HEDDLE_JOIN_ASYNC");
    assert.match((await errorOf(asyncSourceInPlain.spawn())).message, /pipeline: a plain or generator task cannot await items/);
  });
});
