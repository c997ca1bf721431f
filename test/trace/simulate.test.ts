/** The model of the scheduler on graphs for which the best times are known. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Future, finish, promise, span, task } from "heddle";
import { EVENTS, type EventName, type TraceEvent } from "../../src/trace/events.ts";
import { type Model, modelOf, Op } from "../../src/trace/model.ts";
import { overheadsOf } from "../../src/trace/overheads.ts";
import { simulate } from "../../src/trace/simulate.ts";
import { IDEAL, type Machine } from "../../src/trace/simulator/machine.ts";
import type { Span } from "../../src/trace/span.ts";
import { predict, spansOfMain } from "../../src/trace/what-if.ts";
import { type Recorded, record, takes } from "./virtual.ts";

const on = (workers: number, more: Partial<Machine> = {}): Machine => ({ ...IDEAL, workers, ...more });

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
const bursts = task(import.meta, (n: number): void => {
  for (let i = 0; i < n; i++) {
    takes(50_000);
    flat.spawn(8, 4000).join();
  }
});
const end = (work: number) => ({ op: Op.END, work, arg: 0 });
const gaps = task(import.meta, (n: number): void => {
  for (let i = 0; i < n; i++) {
    takes(200_000);
    flat.spawn(4, 1000).join();
  }
});

/** Events written down by hand. */
function written() {
  const events: TraceEvent[] = [];
  const add = (slot: number, kind: EventName, values: Record<string, number>): void => {
    const zero = Object.fromEntries(Object.keys(EVENTS[kind].fields).map((name) => [name, 0]));
    events.push({ kind, slot, ...zero, ...values } as unknown as TraceEvent);
  };
  return { events, add };
}

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
      way: new Float64Array(),
      wayBack: new Float64Array(),
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
    assert.ok(simulate(serial, on(2, { stealNs: 100, noticeNs: 0, wakeNs: 5000 })).ns > awake);
  });

  test("one worker without work goes on looking, the others sleep at once", async () => {
    // Parallel for a moment every 50 us: less than the time for which one worker looks on. At the beginning all sleep.
    const [few, many] = [await record(async () => bursts.spawn(10)), await record(async () => bursts.spawn(20))];
    const cost = (workers: number, { graph }: Recorded): number =>
      simulate(modelOf(graph), on(workers, { wakeNs: 5000 })).ns - simulate(modelOf(graph), on(workers)).ns;
    assert.equal(cost(2, many), cost(2, few));
    assert.ok(cost(8, many) > cost(8, few));
  });

  test("a loop notices who is hungry between two pieces", async () => {
    const model = modelOf((await record(async () => flat.spawn(64, 1000))).graph);
    const children = model.isTask.map((it, i) => (it && model.names[i] === "leaf" ? 1 : 0));
    const loop = { ...model, group: Int32Array.from(children) };
    const late = simulate(loop, on(2, { noticeNs: 10_000 })).ns;
    assert.equal(simulate(model, on(2, { noticeNs: 10_000 })).ns, simulate(model, on(2)).ns);
    assert.ok(late > simulate(loop, on(2)).ns && late <= 64_000, `${late}`);
  });

  test("what a steal costs is read from the trace: from when thief and task were there to its beginning", () => {
    const { events, add } = written();
    const steals = (from: number, n: number, lay: number, free: number, begin: number): void => {
      add(from, "promote", { n, time: lay });
      add(2, "park", { begin: free - 1000, time: free });
      add(2, "steal", { n, from, origin: n, time: begin - 1 });
      add(2, "begin", { n, time: begin });
      add(2, "end", { n, begin, time: begin + 10 });
    };
    for (let i = 0; i < 20; i++) steals(1, 100 + i, 10_000 * i, 10_000 * i + 300, 10_000 * i + 800); // it slept
    assert.equal(overheadsOf(events).stealNs, undefined);
    for (let i = 20; i < 41; i++) steals(1, 100 + i, 10_000 * i + 300, 10_000 * i, 10_000 * i + 1000); // it looked
    for (let i = 41; i < 99; i++) steals(0, 100 + i, 10_000 * i, 10_000 * i, 10_000 * i + 9000); // from the main thread
    assert.equal(overheadsOf(events).stealNs, 700);
  });

  test("so is what lies between two tasks of a worker, but not where it has stolen or slept", () => {
    const { events, add } = written();
    let now = 0;
    const runs = (gap: number, more?: EventName): void => {
      now += gap;
      if (more !== undefined) add(1, more, { time: now - 1, begin: now - gap });
      add(1, "end", { n: now, begin: now, time: now + 500 });
      now += 500;
    };
    for (let i = 0; i < 40; i++) runs(i % 2 === 0 ? 100 : 300);
    runs(5000, "steal");
    runs(5000, "park");
    runs(1e6); // the system has taken the processor away
    add(1, "slice", { n: 1, begin: now - 50, time: now + 10 }); // nested
    assert.equal(overheadsOf(events).turnNs, (19 * 100 + 20 * 300) / 39);
  });

  test("a turn from one task to the next takes its time, but not inside a stack that waits", async () => {
    const model = modelOf((await record(async () => flat.spawn(64, 1000))).graph);
    assert.equal(simulate(model, on(1, { turnNs: 100 })).ns, 64_000);
    const free = modelOf((await record(async () => trunk.spawn(false))).graph);
    assert.ok(simulate(free, on(1, { turnNs: 100 })).ns >= simulate(free, on(1)).ns + 8 * 100);
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

  test("of a span, time, steals and bottleneck are its own", () => {
    const pieces = 64;
    const numbers = Array.from({ length: 2 * pieces }, (_, i) => i + 2);
    const [first, second] = [numbers.slice(0, pieces), numbers.slice(pieces)];
    const all = (op: number, list: readonly number[]) => list.map((arg) => ({ op, work: 0, arg }));
    const count = numbers.length + 2;
    const model: Model = {
      // 1 is the main strand: it has the first half run, and then the second as a span.
      steps: [
        [],
        [
          ...[...all(Op.SPAWN, first), ...all(Op.WAIT, first), { op: Op.MARK, work: 0, arg: 0 }],
          ...[...all(Op.SPAWN, second), ...all(Op.WAIT, second), { op: Op.MARK, work: 0, arg: 1 }, end(0)],
        ],
        ...first.map(() => [end(9000)]),
        ...second.map(() => [end(1000)]),
      ],
      pending: Int32Array.from({ length: count }, (_, i) => (i === 0 ? 0 : 1)),
      followers: Array.from({ length: count }, () => []),
      isTask: Array.from({ length: count }, (_, i) => i > 0),
      suspends: Array.from({ length: count }, (_, i) => i === 1),
      group: new Int32Array(count),
      names: [],
      mains: [1],
      spans: ["round"],
      places: 1,
      placeOf: new Int32Array(count),
      isSent: [],
      way: new Float64Array(),
      wayBack: new Float64Array(),
      delays: new Float64Array(count),
    };
    const { workers: _, ...machine } = on(1, { startNs: 1e6 });
    const none: Span = {
      work: 1,
      mainWork: 0,
      span: 1e9,
      burdened: 0,
      path: [],
      externalOnPath: 0,
      stretches: [],
      unresolved: 0,
    };
    const list = predict(model, none, [1, 2, 1024], machine, new Map(), "round");
    assert.deepEqual(
      list.map((it) => [it.predictedMs, it.steals, it.bottleneck]),
      [
        [0.064, pieces, "work: more workers help"],
        [0.032, pieces, "work: more workers help"],
        [0.001, pieces, "the longest path"],
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
