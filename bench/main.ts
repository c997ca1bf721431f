import { parseArgs } from "node:util";
import type { Benchmark, Context, Row } from "./benchmark.ts";
import { describeMachine, machine } from "./machine.ts";
import { type ApplicationName, applications, basics, benchmarkNames } from "./names.ts";
import { progress } from "./progress.ts";
import { table } from "./tables.ts";

/** What `--json` prints. */
export interface BenchmarkResults {
  readonly quick: boolean;
  readonly benchmarks: readonly { readonly name: string; readonly what: string; readonly rows: readonly Row[] }[];
}

const help = `Usage: npm run bench [-- names...] [--json] [--quick]

  names     ${basics.join(", ")},
            apps (all applications), or ${applications.join(", ")};
            all, where none is given
  --json    one JSON document on standard output; progress stays on standard error
  --quick   small sizes: shows that everything runs; the figures mean little

npm run bench:report runs all of this and Task Bench, and writes docs/performance.md.`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
const line = progress();

if (options.help) console.log(help);
else {
  const asked = positionals.flatMap((name) => (name === "apps" ? applications : [name]));
  const unknown = asked.filter((name) => !benchmarkNames.includes(name));
  if (unknown.length > 0) {
    console.error(
      `No benchmark is called ${unknown.join(", ")}. There are: ${benchmarkNames.join(", ")}; apps for all applications.`,
    );
    process.exitCode = 2;
  } else await runAll(asked.length > 0 ? benchmarkNames.filter((name) => asked.includes(name)) : benchmarkNames);
}

async function runAll(chosen: readonly string[]): Promise<void> {
  const box = machine();
  if (!options.json) console.log(describeMachine(box));
  const results: { name: string; what: string; rows: Row[] }[] = [];
  for (const chosenName of chosen) {
    const { name, what, run } = await benchmark(chosenName);
    const rows = (await run(contextOf(name))).map((row) => (options.quick ? withoutGoal(row) : row));
    line.clear();
    results.push({ name, what, rows });
    if (!options.json) console.log(`\n${name}: ${what}\n${table(rows)}`);
  }
  if (options.json) console.log(JSON.stringify({ machine: box, quick: options.quick, benchmarks: results }, null, 2));
}

/** Goals are for the full sizes. */
function withoutGoal({ goal: _, ok: __, ...row }: Row): Row {
  return row;
}

async function benchmark(name: string): Promise<Benchmark> {
  if (!applications.includes(name as ApplicationName)) return (await import(`./suite/${name}.ts`)) as Benchmark;
  const { application } = await import("./apps/list.ts");
  return application(name as ApplicationName);
}

function contextOf(name: string): Context {
  return { quick: options.quick, progress: (text) => line.show(`${name}: ${text}`) };
}
