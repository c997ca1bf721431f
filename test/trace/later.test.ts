/** Where arrows begin to tasks that are spawned when their inputs come, while those who have asked for them do not run. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { HeddlePromise } from "heddle";
import type { EventOf, TraceEvent } from "../../src/trace/events.ts";

process.env.TRACE_AS_WORKER = "1";
const { record, takes } = await import("./virtual.ts");
const { promise, task } = await import("heddle");

const FOLD = 50_000;
const last = task(import.meta, (_n: number): void => takes(100_000));
const other = task(import.meta, (): void => takes(200_000));

const ends = task(import.meta, (from: HeddlePromise<number>): void => {
  takes(1000); // so short that it would be folded
  last.with({ priority: "high" }).after(from.future);
});
let phase = 1;
const awaits = task(import.meta, async (from: HeddlePromise<number>): Promise<void> => {
  takes(3000);
  await null;
  takes(100); // so short that it would not be drawn
  last.with({ priority: "high" }).after(from.future);
  phase = 2;
  await null;
  takes(100);
  phase = 3;
  await from.future;
});

const of = <K extends TraceEvent["kind"]>(events: readonly TraceEvent[], kind: K): EventOf<K>[] =>
  events.filter((it) => it.kind === kind) as EventOf<K>[];

suite("a task that is spawned later", () => {
  test("by one that has ended", async () => {
    const from = promise<number>();
    const { events } = await record(
      async () => {
        await ends.spawn(from);
        await other.spawn();
        from.put(1);
        await last.spawn(1);
      },
      { fold: FOLD },
    );
    const parent = of(events, "end").find(({ begin, time }) => time - begin === 1000)!;
    const spawn = of(events, "spawn").find((it) => it.parent === parent.n)!;
    assert.ok(Math.abs(spawn.time - parent.time) <= 64, `spawned at ${spawn.time}, not ${parent.time}`);
  });

  test("by one that is suspended", async () => {
    const from = promise<number>();
    const { events } = await record(
      async () => {
        const waiting = awaits.spawn(from);
        while (phase < 3) await new Promise(setImmediate);
        takes(50_000);
        from.put(1);
        await waiting;
        await last.spawn(1);
      },
      { fold: FOLD },
    );
    const [parent] = of(events, "slice");
    const slices = of(events, "slice").filter(({ n }) => n === parent!.n);
    const spawn = of(events, "spawn").find((it) => it.parent === parent!.n)!;
    const inside = slices.some(({ begin, time }) => begin <= spawn.time && spawn.time <= time);
    assert.ok(inside, `spawned at ${spawn.time}, slices ${slices.map(({ begin, time }) => `${begin} to ${time}`).join(", ")}`);
  });
});
