import { setTimeout as sleep } from "node:timers/promises";
import { type Runtime, type RuntimeStats, start } from "heddle";
import { readOptions } from "./lib/options.ts";
import { showProgress } from "./lib/progress.ts";
import type { Example, Timed } from "./showcase/example.ts";
import { examples } from "./showcase/list.ts";

const usage = `Runs every example on real input: first the plain program on one thread, then its tasks on all workers.

  --only TEXT     only examples whose name contains this
  --repeats N     runs of each program, of which the median counts (default 1)
  --quick         tiny inputs: shows that everything works; the times mean little`;

interface Row {
  readonly name: string;
  readonly input: string;
  readonly sequential: number;
  readonly parallel: number;
  readonly spawned: number;
  readonly promoted: number;
  readonly stolen: number;
  readonly same: boolean;
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { only: "", repeats: 1, quick: false });
  if (!options) return;
  const begin = performance.now();
  const progress = showProgress();
  await using runtime = await start();
  const chosen = examples(options.quick).filter(({ name }) => name.includes(options.only));
  const rows: Row[] = [];
  for (const [index, each] of chosen.entries()) {
    const status = (text: string) => progress.show(`[${index + 1}/${chosen.length}] ${each.name}, ${each.input}: ${text}`);
    rows.push(await compare(runtime, each, options.repeats, status));
    each.close();
  }
  progress.clear();
  console.log(`${runtime.workers} workers, Node ${process.version}\n`);
  console.log(table(rows));
  console.log(`\n${((performance.now() - begin) / 1000).toFixed(1)} s in all`);
  if (rows.some(({ same }) => !same)) process.exitCode = 1;
}

async function compare(runtime: Runtime, each: Example, repeats: number, status: (text: string) => void): Promise<Row> {
  const plain: Timed[] = [];
  const tasks: Timed[] = [];
  const before = await settledStats(runtime);
  for (let run = 1; run <= repeats; run++) {
    status(`plain program, run ${run} of ${repeats}`);
    plain.push(await each.sequential());
    status(`tasks, run ${run} of ${repeats}`);
    tasks.push(await runtime.run(() => each.parallel()));
  }
  const after = await settledStats(runtime);
  const perRun = (key: "executed" | "promoted" | "stolen") => Math.round((after[key] - before[key]) / repeats);
  return {
    name: each.name,
    input: each.input,
    sequential: median(plain),
    parallel: median(tasks),
    spawned: perRun("executed"),
    promoted: perRun("promoted"),
    stolen: perRun("stolen"),
    same: new Set([...plain, ...tasks].map(({ fingerprint }) => fingerprint)).size === 1,
  };
}

/** Workers publish their figures now and then; before they fall asleep at the latest. */
async function settledStats(runtime: Runtime): Promise<RuntimeStats> {
  await sleep(50);
  return runtime.stats();
}

function median(runs: readonly Timed[]): number {
  const sorted = runs.map(({ ms }) => ms).sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

function table(rows: readonly Row[]): string {
  const count = (value: number) => value.toLocaleString("en-US");
  const cells = rows.map((row) => [
    row.name,
    row.input,
    `${row.sequential.toFixed(0)} ms`,
    `${row.parallel.toFixed(0)} ms`,
    `${(row.sequential / row.parallel).toFixed(2)} x`,
    count(row.spawned),
    count(row.promoted),
    count(row.stolen),
    row.same ? "yes" : "NO",
  ]);
  const head = ["example", "input", "sequential", "parallel", "ratio", "tasks", "promoted", "stolen", "same result"];
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((line) => line[column]!.length)));
  const print = (line: readonly string[]) =>
    line
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd();
  return [print(head), print(widths.map((width) => "-".repeat(width))), ...cells.map(print)].join("\n");
}
