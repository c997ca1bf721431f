import { parseArgs } from "node:util";
import type { Benchmark, Context, Row } from "./benchmark.ts";
import { machine } from "./machine.ts";
import { describeMachine, table } from "./report.ts";

const names = ["fib", "pools", "speedup", "loop", "startup", "ten-million", "apps"];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (options.help) {
  console.log(`Usage: npm run bench [-- names...] [--json] [--quick]

  names     ${names.join(", ")} (all, where none is given)
  --json    one JSON document on standard output; progress stays on standard error
  --quick   small sizes: shows that everything runs; the figures mean little`);
} else {
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`No benchmark is called ${unknown.join(", ")}. There are: ${names.join(", ")}.`);
    process.exitCode = 2;
  } else {
    await runAll(positionals.length > 0 ? names.filter((name) => positionals.includes(name)) : names);
  }
}

async function runAll(chosen: readonly string[]): Promise<void> {
  const box = machine();
  if (!options.json) console.log(describeMachine(box));
  const results: { name: string; what: string; rows: Row[] }[] = [];
  for (const chosenName of chosen) {
    const { name, what, run } = (await import(`./suite/${chosenName}.ts`)) as Benchmark;
    const rows = await run(contextOf(name));
    clearProgress();
    results.push({ name, what, rows });
    if (!options.json) console.log(`\n${name}: ${what}\n${table(rows)}`);
  }
  if (options.json) console.log(JSON.stringify({ machine: box, quick: options.quick, benchmarks: results }, null, 2));
}

function contextOf(name: string): Context {
  return {
    quick: options.quick,
    progress: (text) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name}: ${text}`);
      else process.stderr.write(`${name}: ${text}\n`);
    },
  };
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}
