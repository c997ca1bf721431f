/** A report as text. */
import type { Report } from "./report.ts";

/** How to stress a heading or grey out a remark. */
export interface Style {
  heading(text: string): string;
  faint(text: string): string;
  table(rows: readonly (readonly string[])[], align: readonly ("left" | "right")[]): string;
}

export const ms = (value: number): string => {
  if (value >= 1000) return `${(value / 1000).toFixed(value >= 10_000 ? 1 : 2)} s`;
  if (value >= 1) return `${value.toFixed(value >= 100 ? 0 : 1)} ms`;
  return `${(value * 1000).toFixed(value >= 0.01 ? 0 : 1)} us`;
};
const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
const count = (value: number): string => value.toLocaleString("en-US");
const MOST_ROWS = 8;
const MOST_OPERATIONS = 6;

export function reportText(report: Report, style: Style): string {
  const { heading, faint, table } = style;
  const places = report.places > 1 ? `${report.places} places, ` : "";
  const workers = report.workers === 0 ? "serial" : `${places}${report.workers} ${report.workers === 1 ? "worker" : "workers"}`;
  const parts = [
    `${heading(report.program || "program")}  ${workers}, ${count(report.tasks)} ${report.tasks === 1 ? "task" : "tasks"} in ${ms(report.measuredMs)}${state(report)}`,
    `${heading("How parallel is it?")}\n${table(
      [
        ["work", ms(report.workMs), faint(`T1: what all tasks ${inMain(report)}`)],
        ["span", ms(report.spanMs), faint("Tinf: the longest path, with any number of workers")],
        ["burdened span", ms(report.burdenedSpanMs), faint("with the price of a steal at each spawn")],
        ["average parallelism", report.parallelism.toFixed(2), faint(`burdened ${report.burdenedParallelism.toFixed(2)}`)],
      ],
      ["left", "right", "left"],
    )}`,
    `${heading("How fast could it be?")}\n${table(
      [
        ["greedy bound", ms(report.greedyMs), faint("max(work of tasks / workers, span): no schedule is faster")],
        ["measured", ms(report.measuredMs), faint(`efficiency ${percent(report.efficiency)}${startup(report)}`)],
        ["Brent's bound", ms(report.brentMs), faint("work of tasks / workers + span: a greedy schedule is not slower")],
      ],
      ["left", "right", "left"],
    )}`,
    section(
      "The critical path",
      style,
      report.criticalPath,
      (it) => [it.name, faint(it.at), ms(it.ms), percent(it.share), `${count(it.count)} x`],
      ["left", "left", "right", "right", "right"],
    ),
    times(report, style),
    section(
      "Task sizes",
      style,
      report.sizes,
      (it) => [it.name, faint(it.at), `${count(it.count)} x`, ms(it.meanUs / 1000), ms(it.totalMs), bars(it.histogram)],
      ["left", "left", "right", "right", "right", "left"],
    ),
    steals(report, style),
    communication(report, style),
    latency(report, style),
    `${heading("Advice")}\n${report.advice
      .map((it) =>
        it
          .split("\n")
          .map((line) => `- ${line}`)
          .join("\n"),
      )
      .join("\n")}`,
  ];
  return parts.filter((it) => it !== "").join("\n\n");
}

/** Work of the main function is of its own thread: worth a word where it is not next to nothing. */
const inMain = ({ mainMs, workMs }: Report): string =>
  mainMs > 0.05 * workMs ? `and main do; ${ms(mainMs)} of it main, beside the workers` : "do together";

const startup = ({ startupMs, measuredMs }: Report): string =>
  startupMs > 0.05 * measuredMs ? `; the workers were ready after ${ms(startupMs)}` : "";

function state({ complete, interrupted, failed, cancelled }: Report): string {
  const notes = [
    !complete && "the process ended before the trace was complete",
    interrupted && "interrupted",
    failed > 0 && `${count(failed)} failed`,
    cancelled > 0 && `${count(cancelled)} cancelled`,
  ].filter((it) => it !== false);
  return notes.length > 0 ? ` (${notes.join(", ")})` : "";
}

function section<T>(
  title: string,
  { heading, faint, table }: Style,
  list: readonly T[],
  row: (it: T) => string[],
  align: readonly ("left" | "right")[],
): string {
  if (list.length === 0) return "";
  const left = list.length - MOST_ROWS;
  return `${heading(title)}\n${table(list.slice(0, MOST_ROWS).map(row), align)}${left > 0 ? `\n${faint(`and ${left} more`)}` : ""}`;
}

function times({ time }: Report, { heading, faint, table }: Style): string {
  const rows = time.perWorker
    .slice(0, 32)
    .map((it) => [it.name, ms(it.tasksMs), ms(it.joinsMs), ms(it.searchingMs), ms(it.parkedMs)]);
  const all = ["all", percent(time.tasks), percent(time.joins), percent(time.searching), percent(time.parked)];
  const reasons = Object.entries(time.parkedBy).filter(([, value]) => value > 0);
  const why =
    reasons.length === 0 ? "" : `\n${faint(`parked: ${reasons.map(([name, value]) => `${name} ${ms(value)}`).join(", ")}`)}`;
  const head = ["", "tasks", "waiting in joins", "searching", "parked"];
  return `${heading("Where the workers' time went")}\n${table([head, ...rows, all], ["left", "right", "right", "right", "right"])}${why}`;
}

function steals({ steals: { total, promoted, threads, matrix }, workers, places }: Report, { heading, table }: Style): string {
  if (total === 0 || workers > 16 || places > 1)
    return total === 0 ? "" : `${heading("Steals")}\n${count(total)} of ${count(promoted)} promoted tasks`;
  const head = ["thief", "from main", ...Array.from({ length: workers }, (_, i) => `from ${i + 1}`)];
  const rows = matrix.slice(1).map((row, i) => [threads[i + 1]!, ...row.map((it) => (it === 0 ? "." : count(it)))]);
  return `${heading("Steals")}\n${table([head, ...rows], ["left", ...head.slice(1).map(() => "right" as const)])}`;
}

/** What each place did and said to the others. */
function communication({ perPlace }: Report, { heading, faint, table }: Style): string {
  if (perPlace.length === 0) return "";
  const head = ["", "tasks", "idle", "sent tasks", "communication", "hidden", "could be", "operations"];
  const rows = perPlace.slice(0, 32).map((it) => {
    const all = it.tasksMs + it.joinsMs + it.parkedMs + it.searchingMs || 1;
    const operations = it.operations
      .slice(0, MOST_OPERATIONS)
      .map(({ name, count: n, meanUs }) => `${count(n)} x ${name} of ${ms(meanUs / 1000)}`);
    if (it.operations.length > MOST_OPERATIONS) operations.push(`and ${it.operations.length - MOST_OPERATIONS} more kinds`);
    return [
      `place ${it.place}`,
      percent(it.tasksMs / all),
      percent((it.parkedMs + it.searchingMs) / all),
      count(it.sent.reduce((sum, n) => sum + n, 0)),
      ms(it.communicationMs),
      it.communicationMs === 0 ? "-" : percent(it.hidden),
      it.communicationMs === 0 ? "-" : percent(it.expected),
      faint(operations.join(", ")),
    ];
  });
  const worst = perPlace.some((it) => it.clockErrorUs === null) ? null : Math.max(...perPlace.map((it) => it.clockErrorUs!));
  const clocks =
    worst === null
      ? "The clocks of the places could not be compared: times of different places say nothing about each other."
      : worst > 0
        ? `The clocks of the places agree to ${worst.toFixed(1)} us.`
        : "";
  const align = ["left", ...head.slice(1, -1).map(() => "right" as const), "left"] as const;
  return `${heading("Places")}\n${table([head, ...rows], align)}${clocks === "" ? "" : `\n${faint(clocks)}`}`;
}

function latency({ latency: it }: Report, { heading }: Style): string {
  if (it === null) return "";
  return `${heading("Latency hiding")}\nTasks waited ${ms(it.waitedMs)} for events; ${percent(it.hidden)} of that was hidden behind computing. min(1, Tcomp / Tcomm) = ${percent(it.expected)}.`;
}

const BLOCKS = " ▁▂▃▄▅▆▇█";

/** The histogram in one line, from its first bucket on: each twice as long as the one before. */
function bars(histogram: Report["sizes"][number]["histogram"]): string {
  if (histogram.length === 0) return "";
  const digits = (fromUs: number): number => (fromUs === 0 ? 0 : Math.round(Math.log2(fromUs * 1000)) + 1);
  const first = digits(histogram[0]!.fromUs);
  const last = digits(histogram.at(-1)!.fromUs);
  const most = Math.max(...histogram.map((it) => it.count));
  const line = new Array<string>(last - first + 1).fill(" ");
  for (const { fromUs, count: it } of histogram) line[digits(fromUs) - first] = BLOCKS[Math.max(1, Math.round((it / most) * 8))]!;
  return `${ms(histogram[0]!.fromUs / 1000)} ${line.join("")} ${ms((histogram.at(-1)!.fromUs * 2) / 1000)}`;
}
