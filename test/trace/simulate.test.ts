/** The model of the scheduler on graphs for which the best times are known. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Future, finish, promise, span, task } from "heddle";
import { type Model, modelOf, Op } from "../../src/trace/model.ts";
import { simulate } from "../../src/trace/simulate.ts";
import type { Machine } from "../../src/trace/simulator/machine.ts";
import { predict, spansOfMain } from "../../src/trace/what-if.ts";
import { record, takes } from "./virtual.ts";

const on = (workers: number, more: Partial<Machine> = {}): Machine => ({
  workers,
  stealNs: 0,
  wakeNs: 0,
  places: 1,
  latencyNs: 0,
  startNs: 0,
  alone: 1,
  together: 1,
  ...more,
});

const leaf = task(import.meta, (ns: number): void => takes(ns));
const flat = task(import.meta, (n: number, ns: number): void => {
  finish(() => {
    for (let i = 0; i < n; i++) leaf.spawn(ns);
  });
});
const chain = task(import.meta, (n: number): void => {
  for (let i = 0; i < n; i++) leaf.spawn(100).join();
});
const tree = task(import.meta, (depth: number): void => {
  if (depth === 0) return takes(1000);
  const left = tree.spawn(depth - 1);
  tree.spawn(depth - 1).join();
  left.join();
});
const waits = task(import.meta, function* (n: number) {
  const gate = promise<number>();
  const all = Array.from({ length: n }, () => waiter.spawn(gate.future));
  opener.spawn(gate);
  for (const it of all) yield* it;
});
const opener = task(import.meta, (gate: { put(value: number): void }): void => {
  takes(500);
  gate.put(1);
});
const waiter = task(import.meta, function* (gate: Future<number>) {
  yield* gate;
  takes(1000);
});
const trunk = task(import.meta, function* (plain: boolean) {
  const all = Array.from({ length: 4 }, () => (plain ? branch : looseBranch).spawn());
  for (const it of all) yield* it;
});
const branch = task(import.meta, (): void => {
  const child = leaf.spawn(3000);
  takes(100);
  child.join();
  takes(100);
});
const looseBranch = task(import.meta, function* () {
  const child = leaf.spawn(3000);
  takes(100);
  yield* child;
  takes(100);
});
const end = (work: number) => ({ op: Op.END, work, arg: 0 });
const gaps = task(import.meta, (n: number): void => {
  for (let i = 0; i < n; i++) {
    takes(60_000);
    flat.spawn(4, 1000).join();
  }
});

suite("the simulated scheduler", () => {
  test("one worker takes the work; never faster than the greedy bound, never slower than Brent's", async () => {
    const pinned = () => waits.spawn(20); // tasks that were suspended go on where they began: no bound from above holds
    for (const run of [() => flat.spawn(100, 700), () => tree.spawn(7), () => chain.spawn(50), pinned]) {
      const { graph, span } = await record(async () => run());
      const model = modelOf(graph);
      for (const workers of [1, 2, 3, 4, 8, 64]) {
        const { ns, unfinished } = simulate(model, on(workers));
        assert.equal(unfinished, 0);
        assert.ok(ns >= Math.max(span.work / workers, span.span) - 1, `${ns} on ${workers}: ${span.work}, ${span.span}`);
        assert.ok(run === pinned || ns <= span.work / workers + span.span + 1, `${ns} on ${workers}: ${span.work}, ${span.span}`);
      }
      assert.equal(simulate(model, on(1)).ns, span.work);
    }
  });

  test("a chain gains nothing, equal tasks gain all", async () => {
    const serial = modelOf((await record(async () => chain.spawn(50))).graph);
    assert.equal(simulate(serial, on(16)).ns, 5000);
    const parallel = modelOf((await record(async () => flat.spawn(64, 1000))).graph);
    for (const workers of [1, 2, 4, 8, 16, 32, 64]) assert.equal(simulate(parallel, on(workers)).ns, 64_000 / workers);
  });

  test("steals, the distance between places, and the start of workers cost what they cost", async () => {
    const model = modelOf((await record(async () => flat.spawn(64, 1000))).graph);
    assert.equal(simulate(model, on(1, { stealNs: 250 })).ns, 64_000 + 250); // the root comes from the main thread
    assert.equal(simulate(model, on(1, { startNs: 5000 })).ns, 64_000 + 5000);
    const near = simulate(model, on(8, { stealNs: 100 }));
    const far = simulate(model, on(8, { stealNs: 100, places: 4, latencyNs: 2000 }));
    assert.ok(far.ns > near.ns && far.stealsBetweenPlaces > 0);
    assert.equal(near.stealsBetweenPlaces, 0);
  });

  test("a stack that waits runs only what descends from it; a generator task leaves its worker free", async () => {
    // Two branches, each of which waits for its child; while the first worker is in one child, nothing else may run on its stack.
    const branches = modelOf((await record(async () => trunk.spawn(true))).graph);
    const free = modelOf((await record(async () => trunk.spawn(false))).graph);
    assert.ok(simulate(branches, on(2)).ns >= simulate(free, on(2)).ns);
    assert.equal(simulate(branches, on(1)).unfinished, 0);
    for (const workers of [1, 2, 3, 8]) assert.equal(simulate(branches, on(workers)).unfinished, 0);
  });

  test("a thief takes half of what is left of a loop", () => {
    const pieces = 100;
    const numbers = Array.from({ length: pieces }, (_, i) => i + 3);
    const loop = (group: number): Model => ({
      // 1 is the main strand, 2 the task with the loop, the others are its pieces.
      steps: [
        [],
        [{ op: Op.SPAWN, work: 0, arg: 2 }, { op: Op.WAIT, work: 0, arg: 2 }, end(0)],
        [
          ...numbers.map((arg) => ({ op: Op.SPAWN, work: 0, arg })),
          ...numbers.map((arg) => ({ op: Op.WAIT, work: 0, arg })),
          end(0),
        ],
        ...numbers.map(() => [end(1000)]),
      ],
      pending: Int32Array.from([0, 1, 1, ...numbers.map(() => 1)]),
      followers: Array.from({ length: pieces + 3 }, () => []),
      isTask: Array.from({ length: pieces + 3 }, (_, i) => i > 0),
      suspends: Array.from({ length: pieces + 3 }, (_, i) => i === 1),
      group: Int32Array.from([0, 0, 0, ...numbers.map(() => group)]),
      names: [],
      mains: [1],
      spans: [],
      places: 1,
      placeOf: new Int32Array(pieces + 3),
      isSent: [],
      delays: new Float64Array(pieces + 3),
    });
    const halves = simulate(loop(2), on(2, { stealNs: 500 }));
    assert.equal(halves.unfinished, 0);
    assert.ok(halves.steals <= 10, `${halves.steals} steals`);
    assert.ok(halves.ns <= 0.55 * pieces * 1000, `${halves.ns}`);
    const single = simulate(loop(0), on(2, { stealNs: 500 }));
    assert.ok(single.steals > 3 * halves.steals && single.ns > halves.ns);
  });

  test("work that gets slower while several workers are busy, and workers that sleep", async () => {
    const model = modelOf((await record(async () => flat.spawn(64, 1000))).graph);
    assert.equal(simulate(model, on(1, { together: 1.5 })).ns, 64_000);
    assert.equal(simulate(model, on(1, { alone: 0.5 })).ns, 32_000);
    const { ns } = simulate(model, on(2, { together: 1.5 }));
    assert.ok(ns >= 47_000 && ns <= 48_000, `${ns}`);
    const serial = modelOf((await record(async () => gaps.spawn(4))).graph);
    const awake = simulate(serial, on(2, { stealNs: 100 })).ns;
    assert.ok(simulate(serial, on(2, { stealNs: 100, wakeNs: 5000 })).ns > awake);
  });

  test("spans of the main function are found", async () => {
    const { events } = await record(async () => {
      await flat.spawn(10, 1000);
      await span("round", async () => await flat.spawn(64, 1000));
      await span("round", async () => await flat.spawn(64, 1000));
    });
    const spans = spansOfMain(events);
    assert.deepEqual(
      spans.map(({ name, begin, end }) => [name, end - begin]),
      [
        ["round", 64_000],
        ["round", 64_000],
      ],
    );
  });

  test("folded graphs take as long", async () => {
    for (const fold of [0, 3000, 20_000]) {
      const { graph } = await record(async () => flat.spawn(200, 1000), { fold });
      const model = modelOf(graph);
      assert.equal(simulate(model, on(1)).ns, 200_000, `fold ${fold}`);
      const two = simulate(model, on(2)).ns;
      assert.ok(two >= 100_000 && two <= 100_000 + 2 * fold + 1000, `fold ${fold}: ${two}`);
    }
  });

  test("predictions stand beside what was measured, with the error", async () => {
    const { graph, span } = await record(async () => flat.spawn(64, 1000));
    const measured = new Map([[2, 40_000]]);
    const { workers: _, ...machine } = on(1);
    const list = predict(modelOf(graph), span, [1, 2, 1024], machine, measured);
    assert.deepEqual(
      list.map(({ workers, predictedMs, measuredMs, error }) => [workers, predictedMs, measuredMs, error]),
      [
        [1, 0.064, null, null],
        [2, 0.032, 0.04, -0.2],
        [1024, 0.001, null, null],
      ],
    );
    assert.match(list[1]!.bottleneck, /work/);
    assert.match(list[2]!.bottleneck, /longest path: leaf/);
  });
});
