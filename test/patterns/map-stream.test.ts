import assert from "node:assert/strict";
import { type FlowProgress, mapStream, promise, shared, signal } from "heddle";
import { errorOf, turn } from "../conformance/case.ts";
import { square } from "./bodies.ts";
import { onWorkers } from "./on-workers.ts";
import {
  failOn,
  failOrWait,
  numbersTo,
  Seen,
  scaled,
  squareByChild,
  squareSoon,
  streamForEver,
  streamInPlain,
  streamInTask,
  untilCancelled,
  zeroWaits,
} from "./stream-tasks.ts";

/** A source that knows what has become of it. */
class Numbers {
  taken = 0;
  opened = false;
  closed = false;
  readonly #n: number;
  constructor(n: number) {
    this.#n = n;
  }
  *[Symbol.iterator](): Generator<number> {
    this.opened = true;
    try {
      for (let i = 0; i < this.#n; i++) {
        this.taken++;
        yield i;
      }
    } finally {
      this.closed = true;
    }
  }
  async *later(): AsyncGenerator<number> {
    for (const i of this) {
      await turn();
      yield i;
    }
  }
  /** Gives so many, then nothing more, and does not end. */
  async *thenHangs(): AsyncGenerator<number> {
    yield* this;
    await new Promise(() => {});
  }
}

const squares = (n: number): number[] => numbersTo(n).map((x) => x * x);

async function allEnded(seen: Int32Array): Promise<void> {
  while (Atomics.load(seen, Seen.STARTED) !== Atomics.load(seen, Seen.ABORTED)) await turn();
}

onWorkers("mapStream", (test) => {
  test("results in order, from tasks of each kind and lambdas", async () => {
    assert.deepEqual(await mapStream(numbersTo(50), square).collect(), squares(50));
    assert.deepEqual(await mapStream(numbersTo(50), squareByChild).collect(), squares(50));
    assert.deepEqual(await mapStream(numbersTo(50), squareSoon).collect(), squares(50));
    assert.deepEqual(await mapStream(numbersTo(50), (x) => x * x).collect(), squares(50));
    assert.deepEqual(await mapStream(numbersTo(50), async (x) => x * x, { inFlight: 1 }).collect(), squares(50));
    assert.deepEqual(await mapStream([1, 2], scaled, { args: [10] }).collect(), [10, 20]);
    assert.deepEqual(await mapStream([1, 2], (x, a, b) => x + a + b, { args: [10, "!"] }).collect(), ["11!", "12!"]);
  });

  test("sources: iterables, async iterables, promises and futures among the items, nothing", async () => {
    assert.deepEqual(await mapStream(new Set([3, 4]), square).collect(), [9, 16]);
    assert.deepEqual(await mapStream(new Numbers(9).later(), square, { inFlight: 2 }).collect(), squares(9));
    assert.deepEqual(await mapStream([1, Promise.resolve(2), square.spawn(2)], square).collect(), [1, 4, 16]);
    assert.deepEqual(await mapStream([], square).collect(), []);
    assert.deepEqual(await mapStream(new Numbers(0).later(), square).collect(), []);
  });

  test("as they come: a slow item holds nobody up", async () => {
    const gate = promise<void>();
    const seen: number[] = [];
    const results = mapStream(numbersTo(10), zeroWaits, { ordered: false, inFlight: 2, args: [gate.future] });
    for await (const result of results) {
      seen.push(result);
      if (seen.length === 9) gate.put();
    }
    assert.equal(seen.at(-1), 0);
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      numbersTo(10),
    );
  });

  for (const limit of [1, 3, 8]) {
    for (const ordered of [true, false]) {
      test(`never more than ${limit} in flight, ${ordered ? "ordered" : "as they come"}`, async () => {
        for (const async of [false, true]) {
          const source = new Numbers(40);
          const most = { byCount: 0, reported: 0 };
          let given = 0;
          function* counted(): Generator<number> {
            for (const i of source) {
              most.byCount = Math.max(most.byCount, source.taken - given);
              yield i;
            }
          }
          async function* countedLater(): AsyncGenerator<number> {
            for (const i of counted()) {
              await null;
              yield i;
            }
          }
          const onProgress = ({ inFlight }: FlowProgress): void => {
            most.reported = Math.max(most.reported, inFlight);
          };
          const options = { inFlight: limit, ordered, onProgress };
          for await (const result of mapStream(async ? countedLater() : counted(), squareSoon, options)) {
            assert.ok(result >= 0);
            given++;
            if (given % 7 === 0) for (let i = 0; i < 5; i++) await turn();
          }
          assert.equal(given, 40);
          assert.equal(most.byCount, limit);
          assert.equal(most.reported, limit);
        }
      });
    }
  }

  test("a slow consumer slows the source, and nothing is taken before the first result is asked for", async () => {
    const source = new Numbers(100);
    const results = mapStream(source, square, { inFlight: 4 });
    for (let i = 0; i < 5; i++) await turn();
    assert.equal(source.opened, false);
    for (let given = 1; given <= 10; given++) {
      assert.deepEqual(await results.next(), { done: false, value: (given - 1) ** 2 });
      for (let i = 0; i < 20; i++) await turn();
      assert.equal(source.taken, given + 4);
    }
    await results.return();
    assert.equal(source.closed, true);
  });

  test("a break cancels what is in flight and closes the source", async () => {
    const seen = shared.int32(2);
    const source = new Numbers(100);
    for await (const result of mapStream(source, untilCancelled, { inFlight: 4, args: [seen] })) {
      assert.equal(result, 0);
      while (Atomics.load(seen, Seen.STARTED) < 4) await turn();
      break;
    }
    assert.equal(source.closed, true);
    assert.equal(source.taken, 5);
    await allEnded(seen);
    assert.equal(seen[Seen.STARTED], 4);
    shared.free(seen);
  });

  test("a break does not wait for an item that never comes", async () => {
    for await (const result of mapStream(new Numbers(1).thenHangs(), square)) {
      assert.equal(result, 0);
      break;
    }
    const stream = mapStream(new Numbers(0).thenHangs(), square);
    const asked = stream.next();
    await stream.return();
    assert.deepEqual(await asked, { done: true, value: undefined });
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
  });

  test("a failure cancels the rest, closes the source and is thrown once", async () => {
    const seen = shared.int32(2);
    const source = new Numbers(100);
    const stream = mapStream(source, failOrWait, { inFlight: 6, args: [seen] });
    const error = await errorOf(stream.next());
    assert.ok(error instanceof RangeError);
    assert.equal(error.message, "no 3");
    assert.equal(source.closed, true);
    assert.equal(source.taken, 6);
    await allEnded(seen);
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
    shared.free(seen);

    const later = new Numbers(50);
    const failed = await errorOf(mapStream(later.later(), failOn, { inFlight: 2, args: [7], ordered: false }).collect());
    assert.equal(failed.message, "no 7");
  });

  test("a failure of the source is thrown, and the source is not closed again", async () => {
    for (const async of [false, true]) {
      let returned = false;
      let taken = 0;
      const next = (): IteratorResult<number> => {
        if (taken === 3) throw new TypeError("disk on fire");
        return { done: false, value: taken++ };
      };
      const close = (): IteratorResult<number> => {
        returned = true;
        return { done: true, value: undefined };
      };
      const source: Iterable<number> | AsyncIterable<number> = async
        ? { [Symbol.asyncIterator]: () => ({ next: async () => next(), return: async () => close() }) }
        : { [Symbol.iterator]: () => ({ next, return: close }) };
      assert.equal((await errorOf(mapStream(source, square).collect())).message, "disk on fire");
      assert.equal(returned, false);
    }
    const rejecting = mapStream([1, Promise.reject(new TypeError("no item"))], square);
    assert.equal((await errorOf(rejecting.collect())).message, "no item");
  });

  test("what a source throws when it is closed comes out of a break, and does not hide a failure", async () => {
    function* bad(): Generator<number> {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: the point
        throw new TypeError("cannot close");
      }
    }
    const broken = async (): Promise<void> => {
      for await (const _ of mapStream(bad(), square)) break;
    };
    assert.equal((await errorOf(broken())).message, "cannot close");
    assert.equal((await errorOf(mapStream(bad(), failOn, { args: [2] }).collect())).message, "no 2");
  });

  test("an AbortSignal ends it", async () => {
    const source = new Numbers(10);
    const early = mapStream(source, square, { signal: AbortSignal.abort("no time") });
    const error = await errorOf(early.next());
    assert.equal(error.code, "HEDDLE_CANCELLED");
    assert.equal(error.cause, "no time");
    assert.equal(source.opened, false);

    const abort = new AbortController();
    const hanging = mapStream(new Numbers(2).thenHangs(), square, { signal: abort.signal });
    assert.deepEqual([(await hanging.next()).value, (await hanging.next()).value], [0, 1]);
    const last = errorOf(hanging.next());
    abort.abort();
    assert.equal((await last).code, "HEDDLE_CANCELLED");
    assert.deepEqual(await hanging.next(), { done: true, value: undefined });
  });

  test("progress: each item once", async () => {
    const steps: FlowProgress[] = [];
    await mapStream(numbersTo(20), squareSoon, { inFlight: 5, onProgress: (step) => steps.push(step) }).collect();
    assert.deepEqual(
      steps.map(({ done }) => done),
      numbersTo(20).map((i) => i + 1),
    );
    for (const { taken, done, inFlight } of steps) assert.ok(done <= taken && inFlight <= 5 && taken <= 20);
    const failing = mapStream(numbersTo(20), square, {
      onProgress: () => {
        throw new TypeError("no screen");
      },
    });
    assert.equal((await errorOf(failing.collect())).message, "no screen");
  });

  test("several results can be asked for at once", async () => {
    const stream = mapStream(numbersTo(3), square, { inFlight: 1 });
    const steps = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);
    assert.deepEqual(
      steps.map(({ value }) => value),
      [0, 1, 4, undefined],
    );
  });

  test("in async tasks: its tasks are theirs, and their cancellation ends it", async () => {
    assert.deepEqual(await streamInTask.spawn(30), squares(30));
    const seen = shared.int32(2);
    const endless = streamForEver.spawn(seen);
    while (Atomics.load(seen, Seen.STARTED) < 1) await turn();
    endless.cancel();
    assert.equal((await errorOf(endless)).code, "HEDDLE_CANCELLED");
    await allEnded(seen);
    shared.free(seen);
  });

  test("the source's own spawns go where the stream was begun", async () => {
    function* spawning(): Generator<number> {
      for (let i = 0; i < 20; i++) {
        assert.throws(() => signal(), { code: "HEDDLE_USAGE" }); // outside of tasks
        yield i;
      }
    }
    assert.deepEqual(await mapStream(spawning(), squareByChild, { inFlight: 2 }).collect(), squares(20));
  });

  test("misuse is told at the call", async () => {
    const told = (call: () => unknown, what: RegExp, code = "HEDDLE_USAGE"): void => {
      assert.throws(call, (error: Error & { code?: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, what);
        return true;
      });
    };
    told(() => mapStream(5 as never, square), /mapStream: the source is number/);
    told(() => mapStream(null as never, square), /the source is null/);
    told(() => mapStream([1], 5 as never), /mapStream: the function is number/);
    told(() => mapStream([1], scaled as never), /mapStream: the function \(scaled\) has 2 parameters, but gets 1/);
    told(() => mapStream([1], square, { inFlight: 0 }), /mapStream: inFlight is 0/);
    told(() => mapStream([1], square, { inFlight: 1.5 }), /inFlight is 1.5/);
    told(() => mapStream([1], square, { ordered: 1 as never }), /ordered is 1/);
    told(() => mapStream([1], square, { onProgress: 1 as never }), /onProgress is number/);
    told(() => mapStream([1], square, { signal: {} as never }), /signal must be an AbortSignal/);
    told(() => mapStream([1], square, 3 as never), /options is number/);
    told(() => mapStream([1], scaled, { args: 3 as never }), /args is 3/);
    const outside = 3;
    told(() => mapStream([1], (x) => x + outside), /outside/, "HEDDLE_LAMBDA");
    assert.match((await errorOf(streamInPlain.spawn())).message, /streamInPlain is a plain task/);
  });
});
