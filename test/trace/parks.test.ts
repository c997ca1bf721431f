/** Async tasks go on while their thread waits for events: that time is theirs, not the wait's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventOf } from "../../src/trace/events.ts";

process.env.TRACE_AS_WORKER = "1";
const { record, takes } = await import("./virtual.ts");
const { task } = await import("heddle");
const { tracer } = await import("../../src/sched/tracing.ts");
const { Category, Dep, ParkReason } = await import("../../src/trace/events.ts");
const { buildGraph } = await import("../../src/trace/graph.ts");

const computes = task(import.meta, async (): Promise<number> => {
  await null;
  takes(1_000_000);
  return 1;
});

test("a wait for events ends where a task goes on, and begins again where that has ended", async () => {
  const { events } = await record(async () => {
    tracer.parks(ParkReason.EVENTS);
    takes(100_000);
    await computes.spawn();
    takes(50_000);
    tracer.unparks();
  });
  const total = (category: number): number =>
    events.findLast((it) => it.kind === "total" && it.category === category) === undefined
      ? 0
      : (events.findLast((it) => it.kind === "total" && it.category === category) as EventOf<"total">).ns;
  assert.equal(total(Category.TASKS), 1_000_000);
  assert.equal(total(Category.PARKED + ParkReason.EVENTS), 150_000);
  assert.equal(total(Category.SEARCHING), 0);
  const parks = events.filter((it) => it.kind === "park");
  assert.equal(
    parks.reduce((sum, it) => sum + it.time - it.begin, 0),
    150_000,
  );
});

test("what an async task awaited came when its thread was last free, if that was busy until the task went on", () => {
  const segment = {
    kind: "segment",
    slot: 1,
    n: 2,
    time: 900,
    path: 0,
    work: 0,
    detached: 0,
    seg: 0,
    dep: Dep.EXTERNAL,
    on: 800_000,
  };
  const externalOf = (a: number, b: number): unknown => {
    const { nodes } = buildGraph([{ ...segment, a, b } as unknown as EventOf<"segment">]);
    return nodes.find((it) => it.segments.length > 0)!.segments[0]!.after;
  };
  assert.deepEqual(externalOf(300, 1), { kind: "external", ns: 300_000 });
  assert.deepEqual(externalOf(900, 1), { kind: "external", ns: 800_000 }, "never longer than it was waited for");
  assert.deepEqual(externalOf(0, 0), { kind: "external", ns: 800_000 }, "traces that do not say it");
});
