/** Minimum effective task granularity, METG(50 %), as the scripts of Task Bench compute it (SC20, section 4). */
import { median } from "../../benchmark.ts";

/** One run, read from its report lines. */
export interface Sample {
  readonly iterations: number;
  readonly tasks: number;
  readonly dependencies: number;
  readonly flops: number;
  readonly bytes: number;
  readonly seconds: number;
}

export interface Point {
  readonly iterations: number;
  readonly runs: number;
  readonly seconds: number;
  /** Time that all cores together spend on a task, in microseconds: wall time times cores over tasks. */
  readonly granularity: number;
  readonly flopsPerSecond: number;
  readonly efficiency: number;
}

/** @throws Error when a line is missing. */
export function readReport(text: string): Sample {
  const find = (pattern: RegExp): number => {
    const found = pattern.exec(text)?.[1];
    if (found === undefined) throw new Error(`The output has no line ${pattern.source}:\n${text}`);
    return Number(found);
  };
  return {
    iterations: find(/^\s*Iterations: ([0-9]+)$/m),
    tasks: find(/^\s*Total Tasks ([0-9]+)$/m),
    dependencies: find(/^\s*Total Dependencies ([0-9]+)$/m),
    flops: find(/^\s*Total FLOPs ([0-9]+)$/m),
    bytes: find(/^\s*Total Bytes ([0-9]+)$/m),
    seconds: find(/^\s*Elapsed Time ([0-9.e+-]+) seconds$/m),
  };
}

export type Average = "mean" | "median";

/**
 * The runs of one system, largest problem first, those of the same size averaged. The efficiency is the rate of operations over
 * `peak`, a second.
 */
export function points(samples: readonly Sample[], cores: number, peak: number, average: Average = "mean"): Point[] {
  const sizes = [...new Set(samples.map(({ iterations }) => iterations))].sort((a, b) => b - a);
  return sizes.map((iterations) => {
    const runs = samples.filter((it) => it.iterations === iterations);
    const times = runs.map((it) => it.seconds);
    const seconds = average === "median" ? median(times) : times.reduce((sum, it) => sum + it, 0) / runs.length;
    const { tasks, flops } = runs[0]!;
    return {
      iterations,
      runs: runs.length,
      seconds,
      granularity: ((seconds * cores) / tasks) * 1e6,
      flopsPerSecond: flops / seconds,
      efficiency: flops / seconds / peak,
    };
  });
}

/** The best rate of operations, a second. */
export const peakOf = (samples: readonly Sample[]): number => Math.max(...samples.map((it) => it.flops / it.seconds));

/** In microseconds; or why there is none. */
export function metg(points: readonly Point[], threshold = 0.5): number | string {
  const above = points.filter((it) => it.efficiency >= threshold);
  if (above.length === 0) return `no size reaches ${threshold * 100} %`;
  if (points.every((it) => it.efficiency >= threshold))
    return `below ${Math.min(...above.map((it) => it.granularity)).toFixed(2)}: every size reaches ${threshold * 100} %`;
  const smallest = above.reduce((least, it) => (it.granularity < least.granularity ? it : least));
  const next = points[points.indexOf(smallest) + 1];
  if (next === undefined) return "no smaller size behind the smallest one that is efficient";
  if (next.granularity >= smallest.granularity) return smallest.granularity;
  if (next.efficiency >= smallest.efficiency) return smallest.granularity;
  const share = Math.max(0, (threshold - next.efficiency) / (smallest.efficiency - next.efficiency));
  return next.granularity + share * (smallest.granularity - next.granularity);
}

/** What a run costs beside its kernels, in microseconds of all cores: for each task, and for each dependence edge. */
export interface Overhead {
  readonly perTask: number;
  readonly perEdge: number;
}

/** What a task costs beside its kernel, in microseconds of all cores: the median over the smallest sizes, where it is most of the time. */
export function overheadPerTask(points: readonly Point[]): number {
  return median(points.slice(-4).map((it) => it.granularity * (1 - it.efficiency)));
}

/**
 * Least squares of overhead = perTask + edges perEdge over patterns with different numbers of edges for each task; both at
 * least 0. With a single number of edges there is nothing to tell them apart: perEdge is NaN.
 */
export function fitOverhead(rows: readonly { readonly edgesPerTask: number; readonly overhead: number }[]): Overhead {
  const mean = (values: number[]): number => values.reduce((sum, it) => sum + it, 0) / values.length;
  const x = mean(rows.map((it) => it.edgesPerTask));
  const y = mean(rows.map((it) => it.overhead));
  const variance = mean(rows.map((it) => (it.edgesPerTask - x) ** 2));
  if (variance < 1e-9) return { perTask: y, perEdge: Number.NaN };
  const slope = mean(rows.map((it) => (it.edgesPerTask - x) * (it.overhead - y))) / variance;
  if (slope < 0) return { perTask: y, perEdge: 0 };
  const perTask = y - slope * x;
  if (perTask >= 0) return { perTask, perEdge: slope };
  const through = mean(rows.map((it) => it.edgesPerTask * it.overhead)) / mean(rows.map((it) => it.edgesPerTask ** 2));
  return { perTask: 0, perEdge: through };
}
