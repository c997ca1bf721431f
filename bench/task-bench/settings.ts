/** The options that the core of Task Bench does not know: who runs the graphs, and how. */
import type { Compute } from "./core/kernels.ts";
import { ParameterError } from "./core/parameters.ts";
import type { Corruption } from "./core/plan.ts";
import type { Implementation } from "./implementations/implementation.ts";
import { implementations } from "./implementations/list.ts";
import { overPlaces } from "./implementations/places.ts";

const names = [...implementations, overPlaces].map(({ name }) => name).join(", ");

export const usage = `
  -impl NAME     ${names} (default ${implementations[0]!.name})
  -workers N     worker threads, 0 for serial mode (default: one for each core); with places, those of each place
  -places N      how many places the implementation places has (default 2)
  -mpi           places are the ranks of an MPI job, not parts of one process
  -compute FORM  wasm or ts: form of the compute-bound kernels (default wasm)
  -times N       runs of the same graphs; the last is reported (default 2: the first warms up)
  -corrupt G:T:P:B  changes byte B of the output of point P at timestep T of graph G, which must stop the run`;

export interface Settings {
  /** Undefined for that over places. */
  implementation: Implementation | undefined;
  workers: number | undefined;
  places: number;
  mpi: boolean;
  compute: Compute;
  times: number;
  corruption: Corruption | null;
}

/** @throws ParameterError */
export function settingsOf(rest: readonly string[]): Settings {
  const settings: Settings = {
    implementation: implementations[0]!,
    workers: undefined,
    places: 2,
    mpi: false,
    compute: "wasm",
    times: 2,
    corruption: null,
  };
  for (let i = 0; i < rest.length; i++) {
    const flag = rest[i]!;
    if (flag === "-mpi") {
      settings.mpi = true;
      continue;
    }
    const value = rest[++i] ?? "";
    const whole = (least: number): number => {
      if (!/^\d+$/.test(value) || Number(value) < least)
        throw new ParameterError(`${flag} is ${value}; it must be at least ${least}`);
      return Number(value);
    };
    if (flag === "-impl") {
      const found = implementations.find(({ name }) => name === value);
      if (found === undefined && value !== overPlaces.name)
        throw new ParameterError(`-impl ${value} is not known; there are ${names}`);
      settings.implementation = found;
    } else if (flag === "-workers") settings.workers = whole(0);
    else if (flag === "-places") settings.places = whole(1);
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

/** What is printed before a run, behind the graphs. */
export function describe({ name, what, constructs }: Omit<Implementation, "run">, lines: number, where: string): string {
  return `  Implementation: ${name} (${what}), ${where}
    ${lines} lines of code, ${constructs.length} constructs of the library: ${constructs.join(", ")}`;
}
