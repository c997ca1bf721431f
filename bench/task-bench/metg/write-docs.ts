/** Puts measurements of `npm run metg -- --json` into docs/performance.md, between their markers, and the plot beside it. */
import { readFileSync, writeFileSync } from "node:fs";
import { describeMachine } from "../../machine.ts";
import type { Measurement } from "./measure.ts";
import { fitOverhead, overheadPerTask } from "./metg.ts";
import { plot } from "./plot.ts";
import { costTable, markdown, metgTable, notes } from "./tables.ts";

const page = new URL("../../../docs/performance.md", import.meta.url);
const image = "task-bench.svg";

/** Several measurements of one machine as one: every pattern and width from the first that has it. */
function together(all: readonly Measurement[]): Measurement {
  const curves = all.flatMap((it) => it.curves).map((it) => ({ ...it, overhead: overheadPerTask(it.points) }));
  const systems = [...new Set(curves.map((it) => it.system))];
  const widths = [...new Set(curves.map((it) => it.width))];
  const costs = systems.flatMap((system) =>
    widths.flatMap((width) => {
      const own = curves.filter((it) => it.system === system && it.width === width);
      return own.length > 0 ? [{ system, width, ...fitOverhead(own) }] : [];
    }),
  );
  return { ...all[0]!, missing: [...new Set(all.flatMap((it) => it.missing))], curves, costs };
}

function text(measurement: Measurement): string {
  const { machine, date, curves, missing } = measurement;
  const [first] = curves;
  const why = [...notes(measurement), ...missing.map((it) => `left out: ${it}`)];
  return [
    `Measured on ${date}: ${describeMachine(machine)}. \`npm run metg\`, 1000 steps, compute_bound, radix 5, 16 bytes of output.`,
    "",
    markdown(metgTable(measurement)),
    "",
    ...(why.length > 0 ? [...why.map((it) => `- ${it}`), ""] : []),
    "Time of all cores beside the kernels, where tasks are small, fitted over the patterns:",
    "",
    markdown(costTable(measurement)),
    "",
    `![Efficiency against granularity, ${first!.pattern}, width ${first!.width}](${image})`,
  ].join("\n");
}

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error(
    "Usage: npm run metg -- --json > metg.json && node bench/task-bench/metg/write-docs.ts metg.json [more.json ...]",
  );
  process.exitCode = 2;
} else {
  const measurement = together(files.map((file) => JSON.parse(readFileSync(file, "utf8")) as Measurement));
  const [first] = measurement.curves;
  const shown = measurement.curves.filter((it) => it.pattern === first!.pattern && it.width === first!.width);
  const title = `Efficiency of ${first!.pattern}, width ${first!.width}, ${measurement.workers} workers`;
  writeFileSync(
    new URL(image, page),
    plot(
      title,
      shown.map((it) => ({ name: it.system, points: it.points })),
    ),
  );
  const old = readFileSync(page, "utf8");
  const begin = "<!-- figures:task-bench -->";
  const from = old.indexOf(begin);
  const to = old.indexOf("<!-- /figures -->", from);
  if (from < 0 || to < 0) throw new Error(`docs/performance.md has no place for the figures: ${begin} ... <!-- /figures -->`);
  writeFileSync(page, `${old.slice(0, from + begin.length)}\n${text(measurement)}\n${old.slice(to)}`);
}
