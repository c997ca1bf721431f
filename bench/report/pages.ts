/** Writes the figures of a report into the documents, between their markers, and the plots beside them. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Row } from "../benchmark.ts";
import { describeMachine } from "../machine.ts";
import type { BenchmarkResults } from "../main.ts";
import { figure, markdownTable } from "../tables.ts";
import type { Measurement } from "../task-bench/metg/measure.ts";
import { plot } from "../task-bench/metg/plot.ts";
import { costTable, markdown, metgTable, notes } from "../task-bench/metg/tables.ts";
import type { Results, SectionResult } from "./results.ts";
import type { Section } from "./sections.ts";
import { goalTable, sizeTable, together } from "./task-bench.ts";

const PAGE = "docs/performance.md";
const README = "README.md";
const repository = new URL("../../", import.meta.url);

const begin = (block: string): string => `<!-- figures:${block} -->`;
const END = "<!-- /figures -->";

/** The page with other figures in one block. @throws Error when the page has no such block */
export function withFigures(page: string, block: string, text: string): string {
  const from = page.indexOf(begin(block));
  const to = page.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`There is no place for the figures of ${block}: ${begin(block)} ... ${END}`);
  return `${page.slice(0, from + begin(block).length)}\n${text}\n${page.slice(to)}`;
}

/** Blocks of the sections for which the page has no place. */
export function missingBlocks(sections: readonly Section[], root = repository): string[] {
  const page = readFileSync(new URL(PAGE, root), "utf8");
  return ["versions", ...new Set(sections.map((it) => it.group))].filter((block) => !page.includes(begin(block)));
}

export interface Written {
  readonly blocks: readonly string[];
  /** Blocks that keep what they had, because not all of their sections have been measured. */
  readonly kept: readonly string[];
}

/** Writes each block whose sections are all there; the others stay as they are. */
export function writePages(all: readonly Section[], results: Results, root = repository): Written {
  const write = (file: string, block: string, text: string): void => {
    const url = new URL(file, root);
    writeFileSync(url, withFigures(readFileSync(url, "utf8"), block, text));
  };
  const measured = (section: Section): boolean => results.sections[section.name] !== undefined;
  const groups = [...new Set(all.map((it) => it.group))].map((group) => all.filter((it) => it.group === group));
  const blocks: string[] = [];
  const kept: string[] = [];
  for (const group of groups) {
    const block = group[0]!.group;
    if (!group.every(measured)) {
      if (group.some(measured)) kept.push(block);
      continue;
    }
    blocks.push(block);
    const parts = group.map(({ name }) => results.sections[name]!);
    if (block === "task-bench") writeTaskBench(parts, results, (text) => write(PAGE, block, text), root);
    else {
      const [part] = parts;
      const [{ what, rows } = { what: "", rows: [] }] = (part!.value as BenchmarkResults).benchmarks;
      write(PAGE, block, `${measuredOn(part!, results)} \`${part!.command}\`: ${what}.\n\n${markdownRows(rows)}`);
      if (block === "pools") write(README, block, `${measuredOn(part!, results)}\n\n${markdownRows(rows)}`);
    }
  }
  if (blocks.length > 0) write(PAGE, "versions", versionLines(results));
  return { blocks, kept };
}

function measuredOn({ ended }: SectionResult, { machine, quick }: Results): string {
  const small = quick ? " Small sizes (`--quick`): these figures mean little." : "";
  return `Measured on ${ended.slice(0, 10)}: ${describeMachine(machine)}.${small}`;
}

function versionLines({ started, commit, machine, versions }: Results): string {
  const rows = versions.map(({ name, version, missing }) => [name, version ?? `left out: ${missing}`]);
  const processor = ["Processor", `${machine.cpu}, ${machine.cores} cores`];
  const head = ["last run", `${started.slice(0, 16).replace("T", " ")} UTC, sources at ${commit}`];
  return markdown([head, processor, ["Memory", `${machine.memoryGiB} GiB`], ...rows]);
}

function markdownRows(rows: readonly Row[]): string {
  const lines = rows.map(({ metric, value, unit, peer, peerValue, ratio, goal, ok, note }) => [
    metric,
    Number.isFinite(value) ? `${figure(value)} ${unit}` : "",
    peer === undefined ? "" : `${peer}${peerValue === undefined ? "" : `: ${figure(peerValue)} ${unit}`}`,
    ratio === undefined ? "" : `${figure(ratio)} x`,
    [goal, ok === undefined ? undefined : ok ? "met" : "**not met**", note].filter((it) => it !== undefined).join(", "),
  ]);
  return markdownTable([["what", "heddle", "against", "ratio", "goal"], ...lines], [false, true, false, true, false]);
}

/** The plots of the first pattern: one for each width. */
const images = ["task-bench.svg", "task-bench-wide.svg"] as const;

function writeTaskBench(parts: readonly SectionResult[], results: Results, write: (text: string) => void, root: URL): void {
  const measurement = together(parts.map((it) => it.value as Measurement));
  const { pattern } = measurement.curves[0]!;
  const widths = [...new Set(measurement.curves.map((it) => it.width))].slice(0, images.length);
  for (const [i, width] of widths.entries()) {
    const shown = measurement.curves.filter((it) => it.pattern === pattern && it.width === width);
    const title = `Efficiency of ${pattern}, width ${width}, ${measurement.workers} workers`;
    const lines = shown.map((it) => ({ name: it.system, points: it.points }));
    writeFileSync(new URL(`docs/${images[i]}`, root), plot(title, lines));
  }
  const why = [...notes(measurement), ...measurement.missing.map((it) => `left out: ${it}`)];
  const commands = parts.map((it) => it.command);
  write(
    [
      `${measuredOn(parts[0]!, results)} 1000 steps, compute_bound, radix 5, 16 bytes of output. Each pattern by`,
      `\`${commands[0]!.replace(pattern, "NAME")}\`:`,
      "",
      markdown(metgTable(measurement)),
      "",
      ...(why.length > 0 ? [...why.map((it) => `- ${it}`), ""] : []),
      "The goals:",
      "",
      markdown(goalTable(measurement)),
      "",
      "What a task and a dependence edge cost: time of all cores beside the kernels where tasks are small, fitted over the patterns:",
      "",
      markdown(costTable(measurement)),
      "",
      "The programs: lines that say how the tasks run, without what all share, and the library's constructs in them:",
      "",
      markdown(sizeTable()),
      "",
      ...widths.map((width, i) => `![Efficiency against granularity, ${pattern}, width ${width}](${images[i]})`),
    ].join("\n"),
  );
}
