/** A report from its sections: what has been measured is printed and kept, and put into the documents where that is asked for. */
import { relative } from "node:path";
import { describeMachine } from "../machine.ts";
import type { BenchmarkResults } from "../main.ts";
import { duration } from "../progress.ts";
import { table } from "../tables.ts";
import type { Measurement } from "../task-bench/metg/measure.ts";
import { costTable, metgTable, notes, plain } from "../task-bench/metg/tables.ts";
import { timeLeft } from "./estimate.ts";
import { type Goals, goalsOf } from "./goals.ts";
import { missingBlocks, writePages } from "./pages.ts";
import { commit, load, newResults, type Results } from "./results.ts";
import { runSections } from "./run.ts";
import type { Section } from "./sections.ts";
import { goalTable, sizeTable, together } from "./task-bench.ts";

export interface ReportOptions {
  /** All sections that there are, and those that are asked for. */
  readonly all: readonly Section[];
  readonly chosen: readonly Section[];
  readonly quick: boolean;
  /** Goes on with the run that the file holds. */
  readonly resume: boolean;
  readonly docs: boolean;
  /** Where the results are kept. */
  readonly file: string;
  /** Of the repository whose documents are written. */
  readonly root?: URL;
}

/** The request cannot be met; the message says what to do. */
export class ReportError extends Error {
  override readonly name = "ReportError";
}

const interruptions = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The exit status. @throws ReportError */
export async function report(options: ReportOptions): Promise<number> {
  const { all, chosen, docs, file, root, quick } = options;
  if (docs) {
    const blocks = missingBlocks(chosen, root);
    if (blocks.length > 0)
      throw new ReportError(`docs/performance.md has no place for ${blocks.join(", ")}; --no-docs leaves it alone`);
  }
  const before = load(file);
  const results = options.resume ? resumed(before, options) : newResults(quick, chosen.map((it) => it.name)); // biome-ignore format: one line
  const sections = all.filter(({ name }) => results.planned.includes(name));
  const earlier = Object.fromEntries(Object.entries(before?.sections ?? {}).map(([name, it]) => [name, it.seconds]));
  announce(sections, results, earlier);
  const lost = options.resume ? undefined : before;
  if (lost?.planned.some((name) => lost.sections[name] === undefined)) {
    console.log(
      `This replaces the unfinished run of ${lost.started.slice(0, 16)} as soon as a section is measured; --resume goes on with it.`,
    );
  }

  const controller = new AbortController();
  let status = 0;
  const interrupt = (by: NodeJS.Signals): void => {
    status = by === "SIGINT" ? 130 : by === "SIGTERM" ? 143 : 129;
    controller.abort();
  };
  for (const name of interruptions) process.on(name, interrupt);
  try {
    const failures = await runSections({ sections, results, file, earlier, signal: controller.signal, onSection: printSection });
    if (failures.length > 0) status = 1;
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  } finally {
    for (const name of interruptions) process.off(name, interrupt);
  }
  finish(sections, results, options, status);
  return status;
}

function resumed(before: Results | undefined, { quick, file, chosen }: ReportOptions): Results {
  if (before === undefined) throw new ReportError(`There is nothing to resume in ${shown(file)}; leave out --resume`);
  if (before.quick !== quick) throw new ReportError(`${shown(file)} holds a run ${before.quick ? "with" : "without"} --quick`);
  const now = commit();
  const planned = new Set(before.planned);
  if (planned.size !== chosen.length || !chosen.every((it) => planned.has(it.name))) {
    throw new ReportError(`${shown(file)} holds a run of other sections: --only ${before.planned.join(",")}`);
  }
  if (now !== before.commit) console.error(`The sources have changed since the run began: ${before.commit}, now ${now}.`);
  return before;
}

function announce(sections: readonly Section[], results: Results, earlier: Readonly<Record<string, number>>): void {
  const { machine, versions } = results;
  console.log(describeMachine(machine));
  const there = versions.flatMap(({ name, version }) => (version === undefined ? [] : [`${name} ${version}`]));
  console.log(there.join(", "));
  for (const { name, missing } of versions) if (missing !== undefined) console.log(`Left out: ${name}: ${missing}`);
  const todo = sections.filter(({ name }) => results.sections[name] === undefined);
  const seconds = timeLeft(todo.map((it) => ({ expected: earlier[it.name] ?? it.seconds })));
  const done = sections.length - todo.length;
  const kept = done === 0 ? "" : `, ${done} done before`;
  console.log(
    `${sections.length} section${sections.length === 1 ? "" : "s"}${kept}, about ${duration(seconds)}. Close other programs: the figures need every core.`,
  );
}

function printSection({ command }: Section, value: unknown): void {
  console.log(`\n$ ${command}`);
  if ("benchmarks" in (value as object)) {
    for (const { name, what, rows } of (value as BenchmarkResults).benchmarks) console.log(`${name}: ${what}\n${table(rows)}`);
  } else {
    console.log(`METG(50 %):\n${plain(metgTable(value as Measurement))}`);
    for (const note of notes(value as Measurement)) console.log(`  ${note}`);
  }
}

function finish(sections: readonly Section[], results: Results, { all, docs, file, root }: ReportOptions, status: number): void {
  const measured = sections.filter(({ name }) => results.sections[name] !== undefined);
  const values = (all: readonly Section[]) => all.map(({ name }) => results.sections[name]!.value);
  const isSweep = (it: Section): boolean => it.group === "task-bench";
  const sweeps = values(measured.filter(isSweep)) as Measurement[];
  const measurement = sweeps.length === 0 ? undefined : together(sweeps);
  if (measurement !== undefined && sweeps.length > 1) printTaskBench(measurement, results.quick);
  if (!results.quick) printGoals(goalsOf(values(measured.filter((it) => !isSweep(it))) as BenchmarkResults[], measurement));
  const missing = sections.length - measured.length;
  const where = measured.length === 0 ? "" : ` They are in ${shown(file)}.`;
  console.log(`\n${measured.length} of ${sections.length} sections measured.${where}`);
  if (status >= 128) console.log("Interrupted.");
  if (missing > 0 && measured.length > 0) console.log("`--resume`, with the same options, measures the rest.");
  if (!docs || status >= 128 || measured.length === 0) return;
  const { blocks, kept } = writePages(all, results, root);
  if (blocks.length > 0) console.log(`docs/performance.md has the figures of ${blocks.join(", ")}.`);
  for (const block of kept)
    console.log(`docs/performance.md keeps its figures of ${block}: not all of its sections were measured.`);
}

function printTaskBench(measurement: Measurement, quick: boolean): void {
  console.log(`\nTask Bench, METG(50 %):\n${plain(metgTable(measurement))}`);
  if (!quick) console.log(`\nGoals:\n${plain(goalTable(measurement))}`);
  console.log(`\nWhat a task and a dependence edge cost, fitted over the patterns:\n${plain(costTable(measurement))}`);
  console.log(`\nSizes of the programs:\n${plain(sizeTable())}`);
}

function printGoals({ met, of, unmet }: Goals): void {
  if (of === 0) return;
  console.log(`\n${met} of ${of} goals are met.${unmet.length > 0 ? " Not met:" : ""}`);
  for (const line of unmet) console.log(`  ${line}`);
}

const shown = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
};
