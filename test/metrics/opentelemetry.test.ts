import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { start, whenAll } from "heddle";
import { instrument } from "heddle/opentelemetry";
import { fails, square } from "./tasks.ts";

interface Point {
  readonly value: unknown;
  readonly attributes: Record<string, unknown>;
}

function provider() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const it = new MeterProvider({ readers: [reader] });
  const collect = async (): Promise<Map<string, { unit: string; points: Point[] }>> => {
    exporter.reset();
    await it.forceFlush();
    const metrics = exporter.getMetrics().flatMap((resource) => resource.scopeMetrics.flatMap((scope) => scope.metrics));
    return new Map(
      metrics.map((metric) => [
        metric.descriptor.name,
        { unit: metric.descriptor.unit, points: metric.dataPoints as unknown as Point[] },
      ]),
    );
  };
  return { meter: it.getMeter("heddle"), collect, shutdown: () => it.shutdown() };
}

describe("heddle/opentelemetry", { timeout: 60_000 }, () => {
  for (const workers of [0, 2]) {
    it(`figures of every runtime, ${workers} workers`, async () => {
      const { meter, collect, shutdown } = provider();
      using instrumentation = instrument({ meter });
      await using runtime = await start({ workers });
      await runtime.run(async () => {
        await whenAll(Array.from({ length: 20 }, (_, i) => square.spawn(i)));
        await assert.rejects(() => fails.spawn());
      });
      while (runtime.stats().executed < 21) await new Promise((resolve) => setTimeout(resolve, 5));
      const metrics = await collect();
      const mine = (name: string): Point[] =>
        metrics.get(name)!.points.filter((it) => it.attributes["heddle.runtime.name"] === runtime.name);
      const sum = (name: string): number => mine(name).reduce((total, it) => total + (it.value as number), 0);
      assert.equal(sum("heddle.task.count"), 21);
      assert.equal(mine("heddle.task.count").length, workers === 0 ? 1 : workers);
      assert.equal(sum("heddle.worker.count"), workers);
      assert.deepEqual([sum("heddle.task.active"), sum("heddle.task.queue.length"), sum("heddle.worker.lost")], [0, 0, 0]);
      assert.ok(sum("heddle.heap.limit") > sum("heddle.heap.used"));
      assert.deepEqual([...metrics].map(([name, { unit }]) => `${name} ${unit}`).toSorted(), [
        "heddle.heap.limit By",
        "heddle.heap.used By",
        "heddle.task.active {task}",
        "heddle.task.count {task}",
        "heddle.task.duration s",
        "heddle.task.promoted {task}",
        "heddle.task.queue.length {task}",
        "heddle.task.stolen {task}",
        "heddle.worker.count {worker}",
        "heddle.worker.lost {worker}",
        "heddle.worker.parked {park}",
      ]);
      const durations = mine("heddle.task.duration").map((it) => [
        it.attributes["heddle.task.name"],
        it.attributes["heddle.task.status"],
        it.attributes["error.type"],
        (it.value as { count: number }).count,
      ]);
      assert.deepEqual(durations, [
        ["square", "fulfilled", undefined, 20],
        ["fails", "failed", "TOO_BIG", 1],
      ]);

      instrumentation.stop();
      await runtime.run(() => square.spawn(1));
      const later = await collect();
      const durationsLater = (later.get("heddle.task.duration")?.points ?? []) as { value: { count: number } }[];
      assert.equal(
        durationsLater.reduce((total, it) => total + it.value.count, 0),
        21,
      );
      const count = later.get("heddle.task.count")?.points ?? [];
      assert.ok(count.reduce((total, it) => total + (it.value as number), 0) <= 21);
      await shutdown();
    });
  }

  it("what is no meter", () => {
    assert.throws(() => instrument({ meter: {} as never }), { code: "HEDDLE_USAGE" });
  });
});
