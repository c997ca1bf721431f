/** A trace as predictions need it: the model, what was measured, and how much slower the machine is where several workers are busy. */
import { type MainSpan, type Model, modelOf } from "./model.ts";
import { type Overheads, overheadsOf } from "./overheads.ts";
import type { Analysis } from "./report/report.ts";
import { simulate } from "./simulate.ts";
import { IDEAL, type Machine } from "./simulator/machine.ts";
import { medianOf, spansOfMain } from "./what-if.ts";

export interface Recording {
  readonly analysis: Analysis;
  readonly model: Model;
  readonly workers: number;
  /** Of the whole program or of the span of that name: nanoseconds, undefined where there is none; and its work. */
  readonly measured: number | undefined;
  readonly work: number;
}

/** How fast the machine is in a model: against the trace, with one worker busy and with several. */
export type Pace = Pick<Machine, "alone" | "together">;

/** In a trace of one worker nothing has slowed it down, in one of several all was slowed down. */
export const pace = (workers: number, slowdown: number): Pace =>
  workers > 1 ? { alone: 1 / slowdown, together: 1 } : { alone: 1, together: slowdown };

export function recordingOf(analysis: Analysis, span?: string): Recording {
  const spans = spansOfMain(analysis.trace.events);
  const model = modelOf(analysis.graph, spans);
  const workers = Math.max(1, analysis.trace.workers);
  const { from, to } = analysis.figures.window;
  if (span === undefined) return { analysis, model, workers, measured: to - from, work: analysis.span.work };
  const wanted = spans.filter((it) => it.name === span);
  if (wanted.length === 0) return { analysis, model, workers, measured: undefined, work: 0 };
  return { analysis, model, workers, measured: medianOf(wanted.map(durationOf)), work: workOf(model, span) };
}

const durationOf = ({ begin, end }: MainSpan): number => end - begin;

function workOf(model: Model, span: string): number {
  return medianOf(simulate(model, IDEAL).spans.flatMap((it) => (it.name === span ? [it.work] : [])));
}

/**
 * What the same work took with several workers, against one: they share caches, memory and what the processor makes of two threads at once (Olivier
 * et al., "Characterizing and mitigating work time inflation in task parallel programs", SC 2012). 1 where the traces do not tell.
 */
export function slowdownOf(recordings: readonly Recording[]): number {
  const alone = recordings.find((it) => it.workers === 1);
  const most = recordings.reduce((a, b) => (b.workers > a.workers ? b : a));
  if (alone === undefined || most.workers === 1 || alone.work <= 0) return 1;
  return Math.max(1, most.work / alone.work);
}

/**
 * What steals and turns cost in the traces: steals by the one with the most workers that tells, turns by the one with the fewest, where no worker looks for
 * work between two tasks.
 */
export function overheadsIn(recordings: readonly Recording[]): Overheads {
  const told = recordings.toSorted((a, b) => a.workers - b.workers).map(({ analysis }) => overheadsOf(analysis.trace.events));
  return {
    stealNs: told.findLast((it) => it.stealNs !== undefined)?.stealNs,
    turnNs: told.find((it) => it.turnNs !== undefined)?.turnNs,
  };
}
