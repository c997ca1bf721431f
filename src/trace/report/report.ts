/** What a trace tells of a run, as `heddle report --json` prints it. Times in milliseconds unless the name says otherwise. */

import { isMainThread, PLACE_THREADS, placeOfThread, threadInPlace } from "../buffer.ts";
import { Dep, PARK_NAMES } from "../events.ts";
import { buildGraph, type Definition, Definitions, type Graph } from "../graph.ts";
import { beginningOf } from "../main-strand.ts";
import type { TracedPlace, TraceFile } from "../read.ts";
import { type Span, spanOf } from "../span.ts";
import { advise } from "./advice.ts";
import { communicationOf } from "./communication.ts";
import { type Figures, figuresOf, latencyOf, type ThreadTime } from "./figures.ts";

/** What a steal costs the thief and the task (ns), from promotion to the first step: 5 to 15 us on the machines that we measured. */
export const BURDEN_NS = 10_000;
/** Spawn and join of a task that nobody steals (ns). */
export const TASK_NS = 50;
/** One reading of the clock, and the rest of what tracing does for each task (ns). */
const READING_NS = 45;
const NOTE_NS = 60;

/** A part of the longest path in which no task ran. */
export const WAITING = "waiting for events";

export interface Place {
  readonly name: string;
  /** "file:line", "" where that is not known. */
  readonly at: string;
}

export interface Report {
  readonly program: string;
  /** Of all places. */
  readonly workers: number;
  readonly places: number;
  readonly complete: boolean;
  readonly interrupted: boolean;
  readonly lostEvents: number;
  readonly tasks: number;
  /** From the first spawn or operation over places to the end of the last task, or of what the main strand does after it. */
  readonly measuredMs: number;
  /** Part of it until the first task began: workers start and import the program. */
  readonly startupMs: number;
  readonly workMs: number;
  /** The part of the work that main strands did themselves, beside the workers; 0 in serial mode. */
  readonly mainMs: number;
  readonly spanMs: number;
  readonly burdenedSpanMs: number;
  readonly parallelism: number;
  readonly burdenedParallelism: number;
  /** No schedule is faster than `greedyMs` = max(work of tasks / workers, span); a greedy one is not slower than `brentMs` = work of tasks / workers + span. */
  readonly greedyMs: number;
  readonly brentMs: number;
  /** Work of tasks / (workers * measured). */
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
      readonly place: number;
      /** From 1 in each place. */
      readonly worker: number;
      /** "worker 2", or "place 1, worker 2". */
      readonly name: string;
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
  /** The matrix by thief and victim; what a communication thread is robbed of has come from another place. */
  readonly steals: {
    readonly total: number;
    readonly promoted: number;
    readonly threads: readonly string[];
    readonly matrix: readonly (readonly number[])[];
  };
  /** Empty where there is one place. */
  readonly perPlace: readonly PlaceReport[];
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

export interface PlaceReport {
  readonly place: number;
  readonly workers: number;
  readonly tasksMs: number;
  readonly joinsMs: number;
  readonly parkedMs: number;
  readonly searchingMs: number;
  /** Tasks that were sent to each place. */
  readonly sent: readonly number[];
  /** Time in which something was under way that this place had asked for: Tcomm. */
  readonly communicationMs: number;
  /** The part of it that the workers computed meanwhile, and what min(1, Tcomp / Tcomm) lets expect. */
  readonly hidden: number;
  readonly expected: number;
  readonly operations: readonly {
    readonly name: string;
    readonly count: number;
    readonly meanUs: number;
    readonly bytes: number;
  }[];
  /** How exact its times are beside those of place 0; null where that is not known. */
  readonly clockErrorUs: number | null;
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
  return {
    trace,
    graph,
    span: spanOf(graph, BURDEN_NS),
    figures: figuresOf(trace.events, definitions, threadsOf(trace), beginningOf(graph)),
  };
}

/** All threads of all places: main thread, workers, communication thread. */
function threadsOf({ places }: TraceFile): number[] {
  return places.flatMap(({ place, workers, communication }) => {
    const own = Array.from({ length: workers + 1 }, (_, i) => place * PLACE_THREADS + i);
    return communication < 0 ? own : [...own, communication];
  });
}

/** "worker 2", or "place 1, worker 2" where there are several places. */
export function threadName(thread: number, places: readonly TracedPlace[]): string {
  const place = placeOfThread(thread);
  const isCommunication = places.some((it) => it.communication === thread);
  const own = isMainThread(thread) ? "main thread" : isCommunication ? "communication thread" : `worker ${threadInPlace(thread)}`;
  return places.length > 1 ? `place ${place}, ${own}` : own;
}

export const placeOf = (def: Definition | null, cwd = ""): Place => {
  if (def === null) return { name: "(small tasks)", at: "" };
  const file = def.url.startsWith("file://") ? decodeURIComponent(def.url.slice(7)) : def.url === "lambda:" ? "" : def.url;
  const short = cwd !== "" && file.startsWith(`${cwd}/`) ? file.slice(cwd.length + 1) : file;
  return { name: def.name, at: short === "" ? "" : `${short}${def.line > 0 ? `:${def.line}` : ""}` };
};

export function reportOf(analysis: Analysis, cwd = ""): Report {
  const { trace, span, figures } = analysis;
  const ms = (ns: number): number => Math.round(ns) / 1e6;
  const processors = Math.max(1, trace.workers);
  // The main strand has a thread of its own, where there are workers.
  const mainWork = trace.workers === 0 ? 0 : span.mainWork;
  const shareable = span.work - mainWork;
  const measured = figures.window.to - figures.window.from;
  const communication = new Set(trace.places.map((it) => it.communication));
  const workers = figures.threads.filter(
    ({ thread }) => (!isMainThread(thread) && !communication.has(thread)) || trace.workers === 0,
  );
  const all = workers.reduce((sum, it) => sum + it.tasks + it.joins + it.searching + parked(it.parked), 0) || 1;
  const share = (of: (it: (typeof workers)[number]) => number): number => workers.reduce((sum, it) => sum + of(it), 0) / all;
  const latency = latencyOf(trace.events, Dep.EXTERNAL);
  const report: Omit<Report, "advice"> = {
    program: trace.about.program,
    workers: trace.workers,
    places: trace.places.length,
    complete: trace.complete,
    interrupted: trace.interrupted,
    lostEvents: trace.lost.reduce((sum, [, count]) => sum + count, 0),
    tasks: figures.tasks,
    measuredMs: ms(measured),
    startupMs: ms(figures.startup),
    workMs: ms(span.work),
    mainMs: ms(mainWork),
    spanMs: ms(span.span),
    burdenedSpanMs: ms(span.burdened),
    parallelism: ratio(span.work, span.span),
    burdenedParallelism: ratio(span.work, span.burdened),
    greedyMs: ms(Math.max(shareable / processors, span.span)),
    brentMs: ms(shareable / processors + span.span),
    efficiency: ratio(shareable, processors * measured),
    tracingShare: Math.min(1, ratio(figures.readings * READING_NS + figures.tasks * NOTE_NS, span.work)),
    criticalPath: span.path.map(({ def, ns, count }) => ({
      ...(def === null ? { name: WAITING, at: "" } : placeOf(def, cwd)),
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
        place: placeOfThread(it.thread),
        worker: threadInPlace(it.thread),
        name: threadName(it.thread, trace.places),
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
    steals: {
      total: figures.stolen,
      promoted: figures.promoted,
      threads: figures.threads.map((it) => threadName(it.thread, trace.places)),
      matrix: figures.steals,
    },
    perPlace: trace.places.length > 1 ? placesOf(analysis, workers) : [],
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

function placesOf({ trace, figures }: Analysis, threads: readonly ThreadTime[]): PlaceReport[] {
  const ms = (ns: number): number => Math.round(ns) / 1e6;
  const workers: number[] = [];
  for (const it of trace.places) workers[it.place] = it.workers;
  const said = communicationOf(
    trace.events,
    Array.from(workers, (it) => it ?? 0),
    figures.window,
  );
  return trace.places.map(({ place, workers, errorNs }) => {
    const own = threads.filter((it) => placeOfThread(it.thread) === place);
    const sum = (of: (it: ThreadTime) => number): number => ms(own.reduce((all, it) => all + of(it), 0));
    const { sent, operations, ns, hiddenNs, computedNs } = said[place]!;
    return {
      place,
      workers,
      tasksMs: sum((it) => it.tasks),
      joinsMs: sum((it) => it.joins),
      parkedMs: sum((it) => parked(it.parked)),
      searchingMs: sum((it) => it.searching),
      sent,
      communicationMs: ms(ns),
      hidden: ns === 0 ? 1 : hiddenNs / ns,
      expected: ns === 0 ? 1 : Math.min(1, computedNs / ns),
      operations: operations.map((it) => ({ name: it.name, count: it.count, meanUs: it.ns / it.count / 1000, bytes: it.bytes })),
      clockErrorUs: errorNs !== null && Number.isFinite(errorNs) ? errorNs / 1000 : null,
    };
  });
}

const parked = (by: readonly number[]): number => by.reduce((sum, it) => sum + it, 0);
const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);
