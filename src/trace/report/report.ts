/** What a trace tells of a run, as `heddle report --json` prints it. Times in milliseconds unless the name says otherwise. */
import { Dep, PARK_NAMES } from "../events.ts";
import { buildGraph, type Definition, Definitions, type Graph } from "../graph.ts";
import type { TraceFile } from "../read.ts";
import { type Span, spanOf } from "../span.ts";
import { advise } from "./advice.ts";
import { type Figures, figuresOf, latencyOf } from "./figures.ts";

/** What a steal costs the thief and the task (ns), from promotion to the first step: 5 to 15 us on the machines that we measured. */
export const BURDEN_NS = 10_000;
/** Spawn and join of a task that nobody steals (ns). */
export const TASK_NS = 50;
/** One reading of the clock, and the rest of what tracing does for each task (ns). */
const READING_NS = 45;
const NOTE_NS = 60;

export interface Place {
  readonly name: string;
  /** "file:line", "" where that is not known. */
  readonly at: string;
}

export interface Report {
  readonly program: string;
  readonly workers: number;
  readonly complete: boolean;
  readonly interrupted: boolean;
  readonly lostEvents: number;
  readonly tasks: number;
  /** From the first spawn to the end of the last task. */
  readonly measuredMs: number;
  /** Part of it until the first task began: workers start and import the program. */
  readonly startupMs: number;
  readonly workMs: number;
  readonly spanMs: number;
  readonly burdenedSpanMs: number;
  readonly parallelism: number;
  readonly burdenedParallelism: number;
  /** No schedule is faster than `greedyMs` = max(work / workers, span); a greedy one is not slower than `brentMs` = work / workers + span. */
  readonly greedyMs: number;
  readonly brentMs: number;
  /** work / (workers * measured). */
  readonly efficiency: number;
  readonly tracingShare: number;
  readonly criticalPath: readonly (Place & { readonly ms: number; readonly share: number; readonly count: number })[];
  readonly time: {
    readonly tasks: number;
    readonly joins: number;
    readonly parked: number;
    readonly searching: number;
    readonly parkedBy: Readonly<Record<string, number>>;
    readonly perWorker: readonly {
      readonly worker: number;
      readonly tasksMs: number;
      readonly joinsMs: number;
      readonly parkedMs: number;
      readonly searchingMs: number;
    }[];
  };
  readonly sizes: readonly (Place & {
    readonly count: number;
    readonly meanUs: number;
    readonly totalMs: number;
    /** From `fromUs` up to twice that. */
    readonly histogram: readonly { readonly fromUs: number; readonly count: number }[];
  })[];
  readonly steals: { readonly total: number; readonly promoted: number; readonly matrix: readonly (readonly number[])[] };
  readonly latency: {
    readonly waitedMs: number;
    readonly hiddenMs: number;
    readonly hidden: number;
    readonly expected: number;
  } | null;
  readonly failed: number;
  readonly cancelled: number;
  readonly heapPeakBytes: number;
  readonly advice: readonly string[];
}

/** What reports and simulations are made from. */
export interface Analysis {
  readonly trace: TraceFile;
  readonly graph: Graph;
  readonly span: Span;
  readonly figures: Figures;
}

export function analyse(trace: TraceFile): Analysis {
  const definitions = new Definitions(trace.events);
  const graph = buildGraph(trace.events, definitions);
  return { trace, graph, span: spanOf(graph, BURDEN_NS), figures: figuresOf(trace.events, definitions, trace.workers) };
}

export const placeOf = (def: Definition | null, cwd = ""): Place => {
  if (def === null) return { name: "(small tasks)", at: "" };
  const file = def.url.startsWith("file://") ? decodeURIComponent(def.url.slice(7)) : def.url === "lambda:" ? "lambda" : def.url;
  const short = cwd !== "" && file.startsWith(`${cwd}/`) ? file.slice(cwd.length + 1) : file;
  return { name: def.name, at: short === "" ? "" : `${short}${def.line > 0 ? `:${def.line}` : ""}` };
};

export function reportOf(analysis: Analysis, cwd = ""): Report {
  const { trace, span, figures } = analysis;
  const ms = (ns: number): number => Math.round(ns) / 1e6;
  const processors = Math.max(1, trace.workers);
  const measured = figures.window.to - figures.window.from;
  const workers = figures.threads.filter((it) => it.thread > 0 || trace.workers === 0);
  const all = workers.reduce((sum, it) => sum + it.tasks + it.joins + it.searching + parked(it.parked), 0) || 1;
  const share = (of: (it: (typeof workers)[number]) => number): number => workers.reduce((sum, it) => sum + of(it), 0) / all;
  const latency = latencyOf(trace.events, Dep.EXTERNAL);
  const report: Omit<Report, "advice"> = {
    program: trace.about.program,
    workers: trace.workers,
    complete: trace.complete,
    interrupted: trace.interrupted,
    lostEvents: trace.lost.reduce((sum, [, count]) => sum + count, 0),
    tasks: figures.tasks,
    measuredMs: ms(measured),
    startupMs: ms(figures.startup),
    workMs: ms(span.work),
    spanMs: ms(span.span),
    burdenedSpanMs: ms(span.burdened),
    parallelism: ratio(span.work, span.span),
    burdenedParallelism: ratio(span.work, span.burdened),
    greedyMs: ms(Math.max(span.work / processors, span.span)),
    brentMs: ms(span.work / processors + span.span),
    efficiency: ratio(span.work, processors * measured),
    tracingShare: Math.min(1, ratio(figures.readings * READING_NS + figures.tasks * NOTE_NS, span.work)),
    criticalPath: span.path.map(({ def, ns, count }) => ({
      ...(def === null ? { name: "waiting for events", at: "" } : placeOf(def, cwd)),
      ms: ms(ns),
      share: ratio(ns, span.span),
      count,
    })),
    time: {
      tasks: share((it) => it.tasks),
      joins: share((it) => it.joins),
      parked: share((it) => parked(it.parked)),
      searching: share((it) => it.searching),
      parkedBy: Object.fromEntries(PARK_NAMES.map((name, i) => [name, ms(workers.reduce((sum, it) => sum + it.parked[i]!, 0))])),
      perWorker: workers.map((it) => ({
        worker: it.thread,
        tasksMs: ms(it.tasks),
        joinsMs: ms(it.joins),
        parkedMs: ms(parked(it.parked)),
        searchingMs: ms(it.searching),
      })),
    },
    sizes: figures.sizes.map(({ def, count, sum, buckets }) => ({
      ...placeOf(def, cwd),
      count: Math.round(count),
      meanUs: ratio(sum, count) / 1000,
      totalMs: ms(sum),
      histogram: buckets
        .map((it, digits) => ({ fromUs: digits === 0 ? 0 : 2 ** (digits - 1) / 1000, count: Math.round(it) }))
        .filter((it) => it.count > 0),
    })),
    steals: { total: figures.stolen, promoted: figures.promoted, matrix: figures.steals },
    latency:
      latency === undefined
        ? null
        : { waitedMs: ms(latency.waited), hiddenMs: ms(latency.hidden), hidden: latency.h, expected: latency.expected },
    failed: figures.failed,
    cancelled: figures.cancelled,
    heapPeakBytes: figures.heapPeak,
  };
  return { ...report, advice: advise(report) };
}

const parked = (by: readonly number[]): number => by.reduce((sum, it) => sum + it, 0);
const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);
