/** Predictions for many numbers of workers, beside what was measured. */
import type { TraceEvent } from "./events.ts";
import type { MainSpan, Model } from "./model.ts";
import { titleOf } from "./named.ts";
import { simulate } from "./simulate.ts";
import type { Machine, Simulated } from "./simulator/machine.ts";
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

/** More workers than parts of a program can make use of. */
const ANY = 1024;
/** Runs with other victims of steals; the median counts. */
const RUNS = 3;

export function predict(
  model: Model,
  span: Span,
  workers: readonly number[],
  machine: Omit<Machine, "workers">,
  measured: ReadonlyMap<number, number>,
  name?: string,
): Prediction[] {
  const run = (count: number): Simulated => {
    const on = { ...machine, workers: count, places: Math.min(machine.places, count) };
    const runs = Array.from({ length: count === 1 ? 1 : RUNS }, (_, i) => ofSpan(simulate(model, on, i * 7919 + 1), name));
    return runs.sort((a, b) => a.ns - b.ns)[runs.length >> 1]!;
  };
  const alone = run(1).ns;
  const part = { startNs: name === undefined ? machine.startNs : 0, longest: longestOf(model, span, machine, name) };
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
      bottleneck: bottleneck(ns, part, busy, stealing),
      unfinished,
    };
  });
}

/** The median of the spans of that name in place of the whole run. */
function ofSpan(run: Simulated, name: string | undefined): Simulated {
  if (name === undefined) return run;
  const spans = run.spans.filter((it) => it.name === name).sort((a, b) => a.ns - b.ns);
  const middle = spans[spans.length >> 1];
  if (middle === undefined) return { ...run, ns: 0, work: 0 };
  return { ...run, ...middle, ns: medianOf(spans.map((it) => it.ns)) };
}

export function medianOf(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted.length === 0
    ? 0
    : sorted.length % 2 === 1
      ? sorted[sorted.length >> 1]!
      : (sorted[sorted.length / 2 - 1]! + sorted[sorted.length / 2]!) / 2;
}

/** What the main strand has called spans, in the order of their beginnings. */
export function spansOfMain(events: readonly TraceEvent[]): MainSpan[] {
  return events
    .flatMap((it) => (it.kind === "span" && it.slot === 0 && it.n <= 1 ? [{ name: it.text, begin: it.begin, end: it.time }] : []))
    .sort((a, b) => a.begin - b.begin);
}

interface Part {
  readonly startNs: number;
  readonly longest: { readonly ns: number; readonly name: string };
}

/** The longest path through the whole program, or how long a part of it takes on any number of workers. */
function longestOf(model: Model, span: Span, machine: Omit<Machine, "workers">, name: string | undefined): Part["longest"] {
  const first = span.path[0]?.def;
  if (name === undefined) return { ns: span.span, name: `: ${first == null ? "waiting for events" : titleOf(first)}` };
  const free = {
    ...machine,
    workers: ANY,
    places: Math.min(machine.places, ANY),
    stealNs: 0,
    noticeNs: 0,
    wakeNs: 0,
    startNs: 0,
  };
  return { ns: ofSpan(simulate(model, free), name).ns, name: "" };
}

function bottleneck(ns: number, { startNs, longest }: Part, busy: number, stealing: number): string {
  if (startNs > 0.4 * ns) return "the workers' start";
  if (busy > 0.9) return "work: more workers help";
  if (longest.ns > 0.7 * ns) return `the longest path${longest.name}`;
  if (stealing > 1 - busy - stealing) return "steals: tasks are small";
  return "too little to do at times";
}
