/** Runs the same graphs with fewer and fewer iterations, on all systems in turn. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Runtime, start } from "heddle";
import { parseOptions } from "../core/options.ts";
import { count } from "../core/report.ts";
import type { Implementation } from "../implementations/implementation.ts";
import { peerEnvironment } from "../peers/build.ts";
import { runGraphs } from "../run.ts";
import { readReport, type Sample } from "./metg.ts";

/** Whatever can run a configuration: an implementation in this process, or a command that prints the report lines. */
export interface System {
  readonly name: string;
  run(args: readonly string[]): Promise<Sample>;
  /** Runs it until it is as fast as it gets: the engine compiles while a program runs, on the cores that the program needs. */
  warmUp?(args: readonly string[], ms: number): Promise<void>;
}

const WARM_UP_RUNS = 12;
/** Other systems have run since, and slept: of so many runs in a row the last one counts. */
const RUNS = 6;
/** In a process that runs one size, of which the last run counts. */
const WARM_UP_RUNS_ALONE = 20;

export interface SweepOptions {
  /** Iterations go from 2 ** from down to 2 ** to. */
  readonly from: number;
  readonly to: number;
  readonly runs: number;
  /** Milliseconds. */
  readonly warmUp: number;
  /** All of the command line but -iter. */
  readonly args: readonly string[];
  readonly progress: (done: number, of: number, what: string) => void;
}

/** Larger problems are run less often: run r only at step s >= r, as Task Bench does. */
export async function sweep(systems: readonly System[], options: SweepOptions): Promise<Map<string, Sample[]>> {
  const { from, to, runs, args, progress } = options;
  const samples = new Map(systems.map(({ name }): [string, Sample[]] => [name, []]));
  const turns: [iterations: number, system: System][] = [];
  for (let s = 0; s <= from - to; s++) {
    for (let run = 0; run < Math.min(runs, s + 1); run++) for (const system of systems) turns.push([2 ** (from - s), system]);
  }
  for (const [i, { name, warmUp }] of systems.entries()) {
    progress(0, turns.length, `warming up ${name}, ${i + 1} of ${systems.length}`);
    await warmUp?.([...args, "-iter", String(2 ** to)], options.warmUp);
  }
  for (const [i, [iterations, system]] of turns.entries()) {
    progress(i, turns.length, `${system.name}, ${iterations} iterations`);
    samples.get(system.name)!.push(await system.run([...args, "-iter", String(iterations)]));
  }
  return samples;
}

export async function heddleSystems(
  implementations: readonly Implementation[],
  workers: number,
): Promise<{ systems: System[]; runtime: Runtime }> {
  const runtime = await start({ workers });
  const systems = implementations.map(
    (implementation): System => ({
      name: `heddle ${implementation.name}`,
      run: async (args) => {
        const options = parseOptions(args);
        const seconds = await runGraphs(runtime, implementation, options.graphs, { times: RUNS });
        const { tasks, dependencies, flops, bytes } = count(options);
        return { iterations: options.graphs[0]!.iterations, tasks, dependencies, flops, bytes, seconds };
      },
      warmUp: async (args, ms) => {
        const until = performance.now() + ms;
        do await runGraphs(runtime, implementation, parseOptions(args).graphs, { times: WARM_UP_RUNS });
        while (performance.now() < until);
      },
    }),
  );
  return { systems, runtime };
}

/** In a process of its own, or in the ranks of an MPI job; it warms up by itself. */
export function placesSystem(places: number, workers: number, onMpi = false): System {
  const program = fileURLToPath(new URL("../main.ts", import.meta.url));
  const each = Math.max(1, Math.floor(workers / places));
  const own = [process.execPath, program, "-impl", "places", "-places", `${places}`, "-workers", `${each}`];
  const name = onMpi
    ? `heddle, ${places} MPI ${places === 1 ? "rank" : "ranks"}`
    : `heddle, ${places} ${places === 1 ? "place" : "places"}`;
  return commandSystem(name, [...own, ...(onMpi ? ["-mpi"] : []), "-times", `${WARM_UP_RUNS_ALONE}`]);
}

export function commandSystem(name: string, command: readonly string[]): System {
  const run = async (args: readonly string[]): Promise<Sample> => {
    try {
      return readReport(await outputOf([...command, ...args]));
    } catch (cause) {
      throw new CommandError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  };
  return {
    name,
    run,
    // Processes need no warming up, but one that does not work is to say so before others have run for minutes.
    warmUp: async (args) => {
      await run(args);
    },
  };
}

/** A program could not be run, or does not print what Task Bench prints; the message begins with its name. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

function outputOf([program, ...args]: readonly string[]): Promise<string> {
  const child = spawn(program!, args, { env: { ...peerEnvironment, ...process.env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ${args.join(" ")} ended with ${code}\n${errors}`));
    });
  });
}
