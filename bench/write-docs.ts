/** Puts the figures of `npm run bench -- --json` into docs/performance.md and README.md, between their markers. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Row } from "./benchmark.ts";
import { describeMachine, type Machine } from "./machine.ts";
import { figure } from "./tables.ts";

interface Report {
  readonly machine: Machine;
  readonly benchmarks: readonly { readonly name: string; readonly what: string; readonly rows: readonly Row[] }[];
}

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error("Usage: npm run bench -- --json > bench.json && node bench/write-docs.ts bench.json");
  process.exitCode = 2;
} else {
  const report = JSON.parse(readFileSync(path, "utf8")) as Report;
  const day = new Date().toISOString().slice(0, 10);
  const machine = `Measured on ${day}: ${describeMachine(report.machine)}.`;
  for (const { name, what, rows } of report.benchmarks) {
    replace("docs/performance.md", name, `${machine} \`npm run bench -- ${name}\`: ${what}.\n\n${markdown(rows)}`);
    if (name === "pools") replace("README.md", name, `${machine}\n\n${markdown(rows)}`);
  }
}

function replace(file: string, name: string, text: string): void {
  const url = new URL(`../${file}`, import.meta.url);
  const page = readFileSync(url, "utf8");
  const begin = `<!-- figures:${name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf("<!-- /figures -->", from);
  if (from < 0 || to < 0) throw new Error(`${file} has no place for the figures of ${name}: ${begin} ... <!-- /figures -->`);
  writeFileSync(url, `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`);
}

function markdown(rows: readonly Row[]): string {
  const lines = rows.map(({ metric, value, unit, peer, peerValue, ratio, goal, ok, note }) => [
    metric,
    Number.isNaN(value) ? "" : `${figure(value)} ${unit}`,
    peer === undefined ? "" : `${peer}${peerValue === undefined ? "" : `: ${figure(peerValue)} ${unit}`}`,
    ratio === undefined ? "" : `${figure(ratio)} x`,
    [goal, ok === undefined ? undefined : ok ? "met" : "**not met**", note].filter((it) => it !== undefined).join(", "),
  ]);
  return ["what | heddle | against | ratio | goal", "--- | ---: | --- | ---: | ---", ...lines.map((it) => it.join(" | "))]
    .map((line) => `| ${line} |`)
    .join("\n");
}
