import { availableParallelism } from "node:os";
import { start } from "heddle";
import { type Compute, kernelNote } from "./core/kernels.ts";
import { parseOptions, usage } from "./core/options.ts";
import { ParameterError } from "./core/parameters.ts";
import type { Corruption } from "./core/plan.ts";
import { display, reportTiming } from "./core/report.ts";
import { type Implementation, linesOfCode } from "./implementations/implementation.ts";
import { implementations } from "./implementations/list.ts";
import { runGraphs } from "./run.ts";

const names = implementations.map(({ name }) => name).join(", ");

const help = `Usage: npm run task-bench -- [options] [-and options]

${usage}

  -impl NAME     ${names} (default ${implementations[0]!.name})
  -workers N     worker threads, 0 for serial mode (default: one for each core)
  -compute FORM  wasm or ts: form of the compute-bound kernels (default wasm)
  -times N       runs of the same graphs; the last is reported (default 2: the first warms up)
  -corrupt G:T:P:B  changes byte B of the output of point P at timestep T of graph G, which must stop the run`;

interface Settings {
  implementation: Implementation;
  workers: number;
  compute: Compute;
  times: number;
  corruption: Corruption | null;
}

function settingsOf(rest: readonly string[]): Settings {
  const settings: Settings = {
    implementation: implementations[0]!,
    workers: availableParallelism(),
    compute: "wasm",
    times: 2,
    corruption: null,
  };
  for (let i = 0; i < rest.length; i += 2) {
    const [flag, value = ""] = [rest[i]!, rest[i + 1]];
    const whole = (least: number): number => {
      if (!/^\d+$/.test(value) || Number(value) < least)
        throw new ParameterError(`${flag} is ${value}; it must be at least ${least}`);
      return Number(value);
    };
    if (flag === "-impl") {
      const found = implementations.find(({ name }) => name === value);
      if (found === undefined) throw new ParameterError(`-impl ${value} is not known; there are ${names}`);
      settings.implementation = found;
    } else if (flag === "-workers") settings.workers = whole(0);
    else if (flag === "-times") settings.times = whole(1);
    else if (flag === "-compute") {
      if (value !== "wasm" && value !== "ts") throw new ParameterError(`-compute ${value} is not known; there are wasm, ts`);
      settings.compute = value;
    } else if (flag === "-corrupt") {
      if (!/^\d+:\d+:\d+:\d+$/.test(value))
        throw new ParameterError(`-corrupt is ${value}; it must be graph:timestep:point:byte`);
      const [graph, step, point, byte] = value.split(":").map(Number) as [number, number, number, number];
      settings.corruption = { graph: graph - 1, step, point, byte };
    } else throw new ParameterError(`${flag} is not known; -h shows all options`);
  }
  return settings;
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return console.log(help);
  const { implementation, workers, ...how } = settingsOf(options.rest);
  console.log(display(options, kernelNote[how.compute]));
  const lines = linesOfCode(implementation);
  const { constructs } = implementation;
  console.log(`  Implementation: ${implementation.name} (${implementation.what}), ${workers} workers`);
  console.log(`    ${lines} lines of code, ${constructs.length} constructs of the library: ${constructs.join(", ")}`);
  await using runtime = await start({ workers });
  console.log(reportTiming(options, await runGraphs(runtime, implementation, options.graphs, how)));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(error instanceof ParameterError ? error.message : String(error));
  process.exitCode = error instanceof ParameterError ? 2 : 1;
}
