import { Dep } from "../trace/events.ts";
import { modelOf } from "../trace/model.ts";
import { messageTime } from "../trace/report/communication.ts";
import { analyse } from "../trace/report/report.ts";
import { ms } from "../trace/report/text.ts";
import { type Prediction, predict } from "../trace/what-if.ts";
import { CommandError } from "./exit-codes.ts";
import { openTrace, STYLE } from "./report.ts";
import { table } from "./table.ts";
import { count, paint } from "./text.ts";

export interface SimulateOptions {
  readonly workers: readonly number[];
  readonly stealCost: number;
  /** Default: as many as the trace has. */
  readonly places?: number;
  /** Default: what messages took in the trace. */
  readonly latency?: number;
  readonly json?: boolean;
}

/** The first file is what is simulated; the measured times of all of them stand beside the predictions. */
export function simulateTrace(files: readonly string[], options: SimulateOptions): void {
  const analyses = files.map((file) => analyse(openTrace([file])));
  const [first] = analyses;
  if (first!.figures.tasks === 0) throw new CommandError(`${files[0]} holds no tasks: there is nothing to simulate.`);
  const measured = new Map<number, number>();
  for (const { trace, figures } of analyses) measured.set(Math.max(1, trace.workers), figures.window.to - figures.window.from);
  const model = modelOf(first!.graph);
  const places = options.places ?? model.places;
  if (model.places > 1 && places !== model.places)
    throw new CommandError(
      `${files[0]} is of ${model.places} places, and its tasks run where they ran then: leave --places out.`,
    );
  const workers = [...new Set([...options.workers, ...measured.keys()])]
    .filter((it) => model.places === 1 || it >= places)
    .sort((a, b) => a - b);
  if (workers.length === 0)
    throw new CommandError(`Each of the ${places} places of ${files[0]} needs a worker: --workers ${places} or more.`);
  const machine = {
    stealNs: options.stealCost,
    places,
    latencyNs: options.latency ?? messageTime(first!.trace.events) ?? LATENCY_NS,
    startNs: first!.figures.startup,
  };
  const predictions = predict(model, first!.span, workers, machine, measured);
  if (options.json === true) return console.log(JSON.stringify(predictions, null, 2));
  const { trace, span } = first!;
  console.log(
    `${paint("bold", trace.about.program || files[0]!)}  traced with ${trace.workers} workers${model.places > 1 ? ` at ${model.places} places` : ""}: work ${ms(span.work / 1e6)}, span ${ms(span.span / 1e6)}, parallelism ${(span.work / span.span).toFixed(1)}\n`,
  );
  const head = ["workers", "predicted", "speedup", "efficiency", "steals", "measured", "error", "bottleneck"];
  const rows = predictions.map((it) => rowOf(it));
  console.log(table([head.map((it) => paint("bold", it)), ...rows], [...head.slice(1).map(() => "right" as const), "left"]));
  const wrong = predictions.reduce((most, it) => Math.max(most, it.unfinished), 0);
  if (wrong > 0) console.log(`\n${count(wrong)} tasks could not be brought to their end: events of the trace are missing.`);
  if (trace.events.some((it) => it.kind === "segment" && it.dep === Dep.EXTERNAL))
    console.log(`\n${STYLE.faint("Waits for events take as long as they took in the trace.")}`);
}

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
