/** Predictions for many numbers of workers, beside what was measured. */
import type { Model } from "./model.ts";
import { type Machine, simulate } from "./simulate.ts";
import type { Span } from "./span.ts";

export interface Prediction {
  readonly workers: number;
  readonly predictedMs: number;
  /** Against the prediction for one worker. */
  readonly speedup: number;
  /** Work / (workers * time). */
  readonly efficiency: number;
  readonly steals: number;
  readonly measuredMs: number | null;
  /** (predicted - measured) / measured. */
  readonly error: number | null;
  readonly bottleneck: string;
  readonly unfinished: number;
}

/** Runs with other victims of steals; the median counts. */
const RUNS = 3;

export function predict(
  model: Model,
  span: Span,
  workers: readonly number[],
  machine: Omit<Machine, "workers">,
  measured: ReadonlyMap<number, number>,
): Prediction[] {
  const run = (count: number): ReturnType<typeof simulate> => {
    const on = { ...machine, workers: count, places: Math.min(machine.places, count) };
    const runs = Array.from({ length: count === 1 ? 1 : RUNS }, (_, i) => simulate(model, on, i * 7919 + 1));
    return runs.sort((a, b) => a.ns - b.ns)[runs.length >> 1]!;
  };
  const alone = run(1).ns;
  return workers.map((count) => {
    const { ns, steals, busy, stealing, unfinished } = run(count);
    const real = measured.get(count);
    return {
      workers: count,
      predictedMs: ns / 1e6,
      speedup: alone / ns,
      efficiency: alone / (ns * count),
      steals,
      measuredMs: real === undefined ? null : real / 1e6,
      error: real === undefined || real === 0 ? null : (ns - real) / real,
      bottleneck: bottleneck(ns, span, busy, stealing),
      unfinished,
    };
  });
}

function bottleneck(ns: number, span: Span, busy: number, stealing: number): string {
  if (busy > 0.9) return "work: more workers help";
  const [longest] = span.path;
  if (span.span > 0.7 * ns) return `the longest path: ${longest?.def?.name ?? "waiting for events"}`;
  if (stealing > 1 - busy - stealing) return "steals: tasks are small";
  return "too little to do at times";
}
