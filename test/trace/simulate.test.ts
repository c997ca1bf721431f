/** The model of the scheduler on graphs for which the best times are known. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Future, finish, promise, task } from "heddle";
import { modelOf } from "../../src/trace/model.ts";
import { type Machine, simulate } from "../../src/trace/simulate.ts";
import { predict } from "../../src/trace/what-if.ts";
import { record, takes } from "./virtual.ts";

const on = (workers: number, more: Partial<Machine> = {}): Machine => ({
  workers,
  stealNs: 0,
  places: 1,
  latencyNs: 0,
  startNs: 0,
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

suite("the simulated scheduler", () => {
  test("one worker takes the work; never faster than the greedy bound, never slower than Brent's", async () => {
    for (const run of [() => flat.spawn(100, 700), () => tree.spawn(7), () => chain.spawn(50), () => waits.spawn(20)]) {
      const { graph, span } = await record(async () => run());
      const model = modelOf(graph);
      for (const workers of [1, 2, 3, 4, 8, 64]) {
        const { ns, unfinished } = simulate(model, on(workers));
        assert.equal(unfinished, 0);
        assert.ok(ns >= Math.max(span.work / workers, span.span) - 1, `${ns} on ${workers}: ${span.work}, ${span.span}`);
        assert.ok(ns <= span.work / workers + span.span + 1, `${ns} on ${workers}: ${span.work}, ${span.span}`);
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
    const list = predict(modelOf(graph), span, [1, 2, 1024], { stealNs: 0, places: 1, latencyNs: 0, startNs: 0 }, measured);
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
