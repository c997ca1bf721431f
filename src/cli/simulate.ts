import { availableParallelism } from "node:os";
import { Dep } from "../trace/events.ts";
import { overheadsIn, pace, recordingOf, slowdownOf } from "../trace/recording.ts";
import { messageTime } from "../trace/report/communication.ts";
import { analyse, reportOf } from "../trace/report/report.ts";
import { ms } from "../trace/report/text.ts";
import { type Prediction, predict } from "../trace/what-if.ts";
import { CommandError } from "./exit-codes.ts";
import { refuseSeveral } from "./one-place.ts";
import { isProgram } from "./program-file.ts";
import { openTrace, STYLE } from "./report.ts";
import { table } from "./table.ts";
import { count, paint } from "./text.ts";
import { type TracedRunsOptions, tracedRuns } from "./traced-runs.ts";

export interface SimulateOptions {
  /** Default: those of WORKERS for which there are enough. */
  readonly workers?: readonly number[];
  /** Default: what steals took in the traces, else STEAL_NS. */
  readonly stealCost?: number;
  readonly wakeCost: number;
  /** How much slower several workers at once are; undefined: what several traces tell, else not at all. */
  readonly slowdown?: number;
  /** Only what the main function has called a span by this name. */
  readonly span?: string;
  /** Default: as many as the trace has. */
  readonly places?: number;
  /** Default: what messages took in the trace. */
  readonly latency?: number;
  readonly json?: boolean;
}

/** A program that is traced takes so much (part of its work) longer that it is worth a word. */
const WORTH_TELLING = 0.03;

const WORKERS = [1, 2, 4, 8, 16, 32, 64];

/** A program is run for its traces, with one worker and with one for each core; else `first` is a trace, and so are the others. */
export async function simulate(
  first: string,
  rest: readonly string[],
  options: SimulateOptions & TracedRunsOptions,
): Promise<void> {
  if (!isProgram(first)) {
    const given = (["keep", "traceDetail"] as const).find((it) => options[it] !== undefined);
    if (given !== undefined)
      throw new CommandError(`--${given === "keep" ? given : "trace-detail"} is for programs; ${first} is a trace.`);
    return simulateTrace([first, ...rest], options);
  }
  refuseSeveral("heddle simulate runs a program in this process, with --places on several places: leave the launcher out.");
  const places = options.places ?? 1;
  const counts = [...new Set([1, Math.max(1, Math.floor(availableParallelism() / places))])];
  const runs = await tracedRuns(first, rest, counts, options);
  if (runs === null) return;
  try {
    simulateTrace(runs.files.toReversed(), options);
  } finally {
    runs.done();
  }
}

/** The first file is what is simulated; the measured times of all of them stand beside the predictions. */
export function simulateTrace(files: readonly string[], options: SimulateOptions): void {
  const recordings = files.map((file) => recordingOf(analyse(openTrace([file])), options.span));
  const [first] = recordings;
  const { trace, figures } = first!.analysis;
  if (figures.tasks === 0) throw new CommandError(`${files[0]} holds no tasks: there is nothing to simulate.`);
  for (const [i, { measured, model }] of recordings.entries())
    if (measured === undefined) throw new CommandError(unknownSpan(files[i]!, options.span!, model.spans));
  for (const [i, { analysis, model }] of recordings.entries()) {
    const why =
      analysis.trace.about.program !== trace.about.program
        ? `is of ${analysis.trace.about.program}, ${files[0]} of ${trace.about.program}: the measured times have to be of the same program`
        : model.places !== first!.model.places
          ? `is of ${model.places} places, ${files[0]} of ${first!.model.places}: the measured times have to be of as many places`
          : undefined;
    if (why !== undefined) throw new CommandError(`${files[i]} ${why}.`);
  }
  const { model } = first!;
  const places = options.places ?? model.places;
  if (model.places > 1 && places !== model.places)
    throw new CommandError(
      `${files[0]} is of ${model.places} places, and its tasks run where they ran then: leave --places out.`,
    );
  const tooFew = options.workers?.filter((it) => it < places) ?? [];
  if (tooFew.length > 0)
    throw new CommandError(
      `Each of the ${places} places needs a worker of its own: leave ${tooFew.join(", ")} out of --workers.`,
    );
  // What was measured stands beside predictions for as many places only.
  const measured = new Map(places === model.places ? recordings.map((it) => [it.workers, it.measured!]) : []);
  const wanted = options.workers ?? enough(places);
  const workers = [...new Set([...wanted, ...measured.keys()])].sort((a, b) => a - b);
  const slowdown = options.slowdown ?? slowdownOf(recordings);
  const overheads = overheadsIn(recordings);
  const stealNs = options.stealCost ?? overheads.stealNs ?? STEAL_NS;
  const machine = {
    stealNs,
    turnNs: overheads.turnNs ?? 0,
    noticeNs: NOTICE_NS,
    wakeNs: options.wakeCost,
    places,
    latencyNs: options.latency ?? messageTime(trace.events) ?? LATENCY_NS,
    ...(options.latency === undefined && { traced: true as const }),
    startNs: figures.startup,
    ...pace(first!.workers, slowdown),
  };
  const predictions = predict(model, first!.analysis.span, workers, machine, measured, options.span);
  if (options.json === true) return console.log(JSON.stringify(predictions, null, 2));
  const { span } = first!.analysis;
  const which = options.span === undefined ? "" : `, the span "${options.span}"`;
  console.log(
    `${paint("bold", trace.about.program || files[0]!)}${which}  traced with ${trace.workers} ${trace.workers === 1 ? "worker" : "workers"}${model.places > 1 ? ` at ${model.places} places` : ""}: work ${ms(span.work / 1e6)}, span ${ms(span.span / 1e6)}, parallelism ${(span.work / span.span).toFixed(1)}\n`,
  );
  const head = ["workers", "predicted", "speedup", "efficiency", "steals", "measured", "error", "bottleneck"];
  const rows = predictions.map((it) => rowOf(it));
  console.log(table([head.map((it) => paint("bold", it)), ...rows], [...head.slice(1).map(() => "right" as const), "left"]));
  const notes: string[] = [];
  if (options.stealCost === undefined && overheads.stealNs !== undefined)
    notes.push(`A steal takes ${(stealNs / 1000).toFixed(0)} us, as in the trace.`);
  if (slowdown !== 1) notes.push(`While several workers are busy, work takes ${slowdown.toFixed(2)} x as long.`);
  const { tracingShare, lostEvents } = reportOf(first!.analysis);
  if (lostEvents > 0) notes.push(`${count(lostEvents)} events of the trace were lost: --trace-detail with a longer time helps.`);
  if (tracingShare > WORTH_TELLING) notes.push(`Some ${(tracingShare * 100).toFixed(0)} % of the work is the cost of tracing.`);
  if (trace.events.some((it) => it.kind === "segment" && it.dep === Dep.EXTERNAL))
    notes.push("Waits for events take as long as they took in the trace.");
  const wrong = predictions.reduce((most, it) => Math.max(most, it.unfinished), 0);
  if (wrong > 0) notes.push(`${count(wrong)} tasks could not be brought to their end: events of the trace are missing.`);
  for (const [i, note] of notes.entries()) console.log(`${i === 0 ? "\n" : ""}${STYLE.faint(note)}`);
}

/** The usual numbers of workers, for so many places. */
function enough(places: number): number[] {
  const list = WORKERS.filter((it) => it >= places);
  return list.length > 0 ? list : [places, 2 * places, 4 * places];
}

function unknownSpan(file: string, name: string, known: readonly string[]): string {
  const names = [...new Set(known)].slice(0, 10).map((it) => JSON.stringify(it));
  const there = names.length === 0 ? "it has none outside of tasks: span(name, body) makes one" : `there are ${names.join(", ")}`;
  return `${file} holds no span called ${JSON.stringify(name)}; ${there}.`;
}

/** Where traces do not say what a steal costs (ns). */
const STEAL_NS = 10_000;
/** A loop looks around between two pieces of some 30 us: who is hungry waits for half of one on average. */
const NOTICE_NS = 15_000;
/** Of a message between two places (ns), where the trace does not say. */
const LATENCY_NS = 2000;

function rowOf({ workers, predictedMs, speedup, efficiency, steals, measuredMs, error, bottleneck }: Prediction): string[] {
  return [
    count(workers),
    ms(predictedMs),
    `${speedup.toFixed(speedup < 10 ? 2 : 1)} x`,
    `${(efficiency * 100).toFixed(0)} %`,
    count(steals),
    measuredMs === null ? "" : ms(measuredMs),
    error === null ? "" : `${error > 0 ? "+" : ""}${(error * 100).toFixed(1)} %`,
    bottleneck,
  ];
}

/** "1,2,4,...,64": with "..." the numbers in between are twice the one before. */
export function workerList(text: string): number[] | undefined {
  const parts = text.split(",").map((it) => it.trim());
  const list: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (part === "...") {
      const last = list.at(-1);
      const end = Number(parts[i + 1]);
      if (last === undefined || !Number.isInteger(end)) return undefined;
      const before = list.at(-2);
      const factor = before === undefined ? 2 : Math.max(2, Math.round(last / before));
      for (let it = last * factor; it < end; it *= factor) list.push(it);
    } else if (/^\d+$/.test(part) && Number(part) > 0 && Number(part) <= 65_536) list.push(Number(part));
    else return undefined;
  }
  return list;
}
