import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { PLACE_THREADS } from "../../src/trace/buffer.ts";
import { Dep, EVENTS, type EventName, REMOTE_NAMES, type RemoteName, type TraceEvent } from "../../src/trace/events.ts";
import { buildGraph, Definitions } from "../../src/trace/graph.ts";
import { beginningOf } from "../../src/trace/main-strand.ts";
import { modelOf } from "../../src/trace/model.ts";
import { communicationOf, messageTime } from "../../src/trace/report/communication.ts";
import { figuresOf } from "../../src/trace/report/figures.ts";
import { simulate } from "../../src/trace/simulate.ts";
import { spanOf } from "../../src/trace/span.ts";

/** The events of threads of several places, written down by hand. Places have a main thread 0, a worker 1, a communication thread 2. */
class Written {
  readonly events: TraceEvent[] = [];

  add(place: number, thread: number, kind: EventName, values: Record<string, number> = {}): this {
    const zero = Object.fromEntries(Object.keys(EVENTS[kind].fields).map((name) => [name, 0]));
    this.events.push({ kind, slot: place * PLACE_THREADS + thread, ...zero, ...values } as unknown as TraceEvent);
    return this;
  }

  /** The main strand of a place: it works for `path` ns in its last segment. */
  main(place: number): this {
    return this.add(place, 0, "spawn", { n: 1 }).add(place, 0, "begin", { n: 1 });
  }

  /** Task `n` of the worker of place `from` runs as task `as` of that of place `to`, for `ns`. */
  ships(from: number, n: number, to: number, as: number, ns: number, token: number, at: number): this {
    return this.add(from, 2, "away", { to, token, time: at, from: from * PLACE_THREADS + 1, origin: n })
      .add(to, 2, "arrival", { from, n: token + 100, token, time: at + 10 })
      .add(to, 1, "steal", { n: as, from: to * PLACE_THREADS + 2, origin: token + 100, time: at + 15 })
      .add(to, 1, "begin", { n: as, time: at + 20 })
      .add(to, 1, "end", { n: as, begin: at + 20, time: at + 20 + ns, path: ns, work: ns })
      .add(to, 2, "answer", { to: from, token, time: at + 20 + ns })
      .add(from, 2, "back", { from: to, token, time: at + 30 + ns });
  }

  remote(place: number, op: RemoteName, values: Record<string, number>): this {
    return this.add(place, 0, "remote", { op: REMOTE_NAMES.indexOf(op), parent: 1, ...values });
  }
}

suite("traces of several places", () => {
  test("a task that waits for two of another place: work and span", () => {
    // 20 ns, spawns of 300 and 500 ns at 5 and 10 ns, joins both, then 40 ns.
    const written = new Written()
      .main(0)
      .add(0, 0, "spawn", { n: 2, parent: 1, path: 0 })
      .add(0, 1, "steal", { n: 2, from: 0, origin: 2 })
      .add(0, 1, "begin", { n: 2, time: 0 })
      .add(0, 1, "spawn", { n: 3, parent: 2, path: 5, work: 5, time: 5 })
      .add(0, 1, "spawn", { n: 4, parent: 2, path: 10, work: 10, time: 10 })
      .ships(0, 3, 1, 2, 300, 1, 5)
      .ships(0, 4, 1, 3, 500, 2, 10)
      .add(0, 1, "segment", { n: 2, dep: Dep.NODE, on: 3, path: 20, work: 20, seg: 0 })
      .add(0, 1, "segment", { n: 2, dep: Dep.NODE, on: 4, seg: 1 })
      .add(0, 1, "end", { n: 2, path: 40, work: 40, seg: 2, begin: -1 })
      .add(0, 0, "end", { n: 1 });
    const graph = buildGraph(written.events);
    const { work, span, unresolved } = spanOf(graph);
    // Each message takes 10 ns.
    assert.deepEqual({ work, span, unresolved }, { work: 20 + 300 + 500 + 40, span: 10 + 10 + 500 + 10 + 40, unresolved: 0 });

    assert.equal(messageTime(written.events), 10);
    const [first] = communicationOf(written.events, [1, 1], { from: 0, to: 2000 });
    assert.deepEqual(first!.sent, [0, 2]);
    // 5 to 20 there; 325 to 335 and 530 to 540 back.
    assert.equal(first!.ns, 35);

    const model = modelOf(graph);
    assert.equal(model.places, 2);
    const machine = { places: 2, workers: 2, stealNs: 1, turnNs: 0, noticeNs: 0, wakeNs: 0, startNs: 0, alone: 1, together: 1 };
    // One worker at place 1 runs both, one after the other.
    assert.ok(simulate(model, { ...machine, latencyNs: 0 }).ns >= 5 + 800 + 40);
    const slow = simulate(model, { ...machine, latencyNs: 1000 });
    assert.ok(slow.ns >= 2000 + 800, `${slow.ns}`);
    assert.equal(slow.unfinished, 0);
    const wide = simulate(model, { ...machine, workers: 4, latencyNs: 0 });
    assert.ok(wide.ns < 600, `${wide.ns}`);
  });

  test("a collective operation comes after all members; what it took counts from the last of them on", () => {
    const written = new Written().main(0).main(1);
    // Place 0 works 100 ns and asks, place 1 works 700 ns and asks; the answers come 30 ns later; then both work 50 ns.
    const enter = [100, 700];
    for (const place of [0, 1]) {
      written
        .remote(place, "barrier", { n: 7, seg: 0, path: enter[place]!, begin: enter[place]!, time: 730, team: 0 })
        .add(place, 0, "segment", { n: 1, dep: Dep.NODE, on: 7, seg: 0, path: enter[place]!, work: enter[place]! })
        .add(place, 0, "end", { n: 1, seg: 1, path: 50, work: 50, begin: -1 });
    }
    // What the main strands did before they asked is not counted, as with spawns.
    const { span, path } = spanOf(buildGraph(written.events));
    assert.equal(span, 80);
    assert.deepEqual(
      path.map(({ def, ns }) => [def?.name ?? "main", ns]),
      [
        ["main", 50],
        ["barrier (other places)", 30],
      ],
    );
  });

  test("main meets others and asks them before it spawns: time, work and span begin with the first of these", () => {
    for (const places of [1, 2]) {
      // The main strands work 100 ns, await 20 ns, work 200 ns, spawn a task of 50 ns, and await that.
      const written = new Written();
      const threads: number[] = [];
      for (let place = 0; place < places; place++) {
        threads.push(place * PLACE_THREADS, place * PLACE_THREADS + 1);
        written.main(place);
        if (places > 1) written.remote(place, "get", { n: 7, seg: 0, path: 100, begin: 100, time: 120 });
        written
          .add(place, 0, "segment", { n: 1, dep: Dep.NODE, on: 7, seg: 0, path: 100, work: 100, time: 120 })
          .add(place, 0, "spawn", { n: 8, parent: 1, seg: 1, path: 200, work: 200, time: 320 })
          .add(place, 1, "steal", { n: 2, from: place * PLACE_THREADS, origin: 8, time: 325 })
          .add(place, 1, "begin", { n: 2, time: 330 })
          .add(place, 1, "end", { n: 2, begin: 330, time: 380, path: 50, work: 50 })
          .add(place, 0, "segment", { n: 1, dep: Dep.NODE, on: 8, seg: 1, path: 200, work: 200, time: 385 })
          .add(place, 0, "end", { n: 1, seg: 2, time: 390, path: 5, work: 5, begin: -1 });
      }
      const graph = buildGraph(written.events);
      const { window, startup } = figuresOf(written.events, new Definitions([]), threads, beginningOf(graph));
      // Of one place the trace does not know what is awaited: then the program begins when that has come.
      const asked = places > 1 ? 20 : 0;
      assert.deepEqual(window, { from: 120 - asked, to: 390 });
      assert.equal(startup, 10);
      const { work, mainWork, span } = spanOf(graph);
      assert.deepEqual({ work, mainWork, span }, { work: places * 255, mainWork: places * 205, span: asked + 200 + 50 + 5 });
      assert.ok(Math.max(span, (work - mainWork) / places) <= window.to - window.from);
      const ideal = { places, workers: places, stealNs: 0, turnNs: 0, noticeNs: 0, wakeNs: 0, startNs: 0, alone: 1, together: 1 };
      assert.equal(simulate(modelOf(graph), { ...ideal, latencyNs: 0 }).ns, span);
    }
  });

  test("a promise of one place that another one puts", () => {
    const written = new Written().main(0).main(1);
    written
      .add(0, 0, "share", { n: 5, object: 512 })
      .add(0, 2, "exports", { block: 4096, object: 512, time: 3 })
      .add(1, 2, "standIn", { home: 0, block: 4096, object: 901, time: 4 })
      .add(1, 0, "spawn", { n: 2, parent: 1 })
      .add(1, 1, "steal", { n: 2, from: PLACE_THREADS, origin: 2 })
      .add(1, 1, "share", { n: 9, object: 901 })
      .add(1, 1, "edge", { target: 9, kinds: Dep.NODE | (Dep.HERE << 4), source: 2, a: 0, b: 600 })
      .add(1, 1, "end", { n: 2, path: 1000, work: 1000, begin: -1 })
      .add(0, 0, "spawn", { n: 2, parent: 1 })
      .add(0, 1, "steal", { n: 2, from: 0, origin: 2 })
      .add(0, 1, "segment", { n: 2, dep: Dep.OBJECT, on: 512, path: 1, work: 1 })
      .add(0, 1, "end", { n: 2, seg: 1, path: 800, work: 800, begin: -1 });
    const { span, work } = spanOf(buildGraph(written.events));
    assert.deepEqual({ span, work }, { span: 600 + 800, work: 1000 + 801 });
  });
});
