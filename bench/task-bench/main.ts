import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { start } from "heddle";
import { kernelNote } from "./core/kernels.ts";
import { usage as coreUsage, parseOptions } from "./core/options.ts";
import { ParameterError } from "./core/parameters.ts";
import { display, reportTiming } from "./core/report.ts";
import { linesOfCode } from "./implementations/implementation.ts";
import { runGraphs } from "./run.ts";
import { describe, type Settings, settingsOf, usage } from "./settings.ts";

const help = `Usage: npm run task-bench -- [options] [-and options]

${coreUsage}
${usage}`;

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) return console.log(help);
  const settings = settingsOf(options.rest);
  const { implementation, workers = availableParallelism(), ...how } = settings;
  if (implementation === undefined) return await runPlaces(args, settings);
  console.log(display(options, kernelNote[how.compute]));
  console.log(describe(implementation, linesOfCode(implementation), `${workers} workers`));
  await using runtime = await start({ workers });
  console.log(reportTiming(options, await runGraphs(runtime, implementation, options.graphs, how)));
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Starts `heddle run`, which prints everything else. */
function runPlaces(args: readonly string[], { workers, places, mpi }: Settings): Promise<void> {
  const ranks = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", `${places}`];
  const own = [process.execPath, path("../../bin/heddle.js"), "run"];
  const each = workers === undefined ? [] : ["--workers", `${workers}`];
  const there = mpi ? [...ranks, ...own, ...each] : [...own, ...each, "--places", `${places}`];
  const [command, ...rest] = [...there, path("places.ts"), "--", ...args];
  const env = { OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1", ...process.env };
  const child = spawn(command!, rest, { env, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(error instanceof ParameterError ? error.message : String(error));
  process.exitCode = error instanceof ParameterError ? 2 : 1;
}
