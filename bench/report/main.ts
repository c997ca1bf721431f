/** `npm run bench:report`: measures everything, prints the tables, and writes docs/performance.md. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { applications, basics } from "../names.ts";
import { ReportError, report } from "./report.ts";
import { choose, patterns, sections, UnknownSectionError } from "./sections.ts";

const help = `Usage: npm run bench:report [-- options]

Runs all benchmarks, the applications and Task Bench, each beside its peers, prints the tables as they come, and puts the figures into
docs/performance.md. It takes half an hour; close other programs first. What is measured is kept at once: Ctrl-C ends the run, and
--resume goes on with it.

  --quick       small sizes, in under five minutes: shows that everything runs. docs/performance.md stays as it is
  --only LIST   some sections only, separated by commas: ${basics.join(", ")},
                apps for all applications (${applications.join(", ")}),
                task-bench for all patterns (${patterns.join(", ")})
  --resume      goes on with the last run of the same options, and measures only what it lacks
  --docs        writes docs/performance.md even with --quick;  --no-docs  leaves it alone
  --out FILE    where results are kept (default bench/build/report.json; report-quick.json, report-only.json)
  --help`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      resume: { type: "boolean", default: false },
      docs: { type: "boolean" },
      out: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
    allowNegative: true,
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const { quick, only, resume } = values;
  const all = sections(quick);
  const name = ["report", ...(quick ? ["quick"] : []), ...(only === undefined ? [] : ["only"])].join("-");
  const file = fileURLToPath(new URL(`../build/${name}.json`, import.meta.url));
  return await report({
    all,
    chosen: only === undefined ? all : choose(all, only.split(",")),
    quick,
    resume,
    docs: values.docs ?? !quick,
    file: values.out === undefined ? file : resolve(values.out),
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  const usage = error instanceof ReportError || error instanceof UnknownSectionError;
  if (!usage && !(error instanceof TypeError && "code" in error)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
