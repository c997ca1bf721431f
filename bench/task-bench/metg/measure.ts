/** From sweeps to the figures of one table: METG for each pattern, width and system, and what tasks and edges cost. */
import { type Machine, machine } from "../../machine.ts";
import { ParameterError } from "../core/parameters.ts";
import type { Implementation } from "../implementations/implementation.ts";
import type { Peer } from "../peers/build.ts";
import { type Average, fitOverhead, metg, type Overhead, overheadPerTask, type Point, peakOf, points } from "./metg.ts";
import { commandSystem, heddleSystems, placesSystem, type System, sweep } from "./sweep.ts";

export interface Settings {
  readonly patterns: readonly string[];
  readonly widths: readonly number[];
  readonly workers: number;
  readonly implementations: readonly Implementation[];
  readonly peers: readonly Peer[];
  /** Numbers of places, each number a system of its own. */
  readonly places: readonly number[];
  /** Numbers of ranks of an MPI job, each number a system of its own. */
  readonly ranks: readonly number[];
  readonly commands: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly runs: number;
  /** Milliseconds for each system, pattern and width. */
  readonly warmUp: number;
  readonly threshold: number;
  readonly average: Average;
  /** Efficiency against the best rate of the system itself, or of all systems. */
  readonly peak: "own" | "best";
  /** Further options of Task Bench. */
  readonly args: readonly string[];
  readonly progress: (text: string, share?: number) => void;
}

export interface Curve {
  readonly system: string;
  readonly pattern: string;
  readonly width: number;
  readonly edgesPerTask: number;
  /** Microseconds, or why there is no figure. */
  readonly metg: number | string;
  readonly overhead: number;
  readonly points: readonly Point[];
}

export interface Measurement {
  readonly machine: Machine;
  readonly date: string;
  readonly workers: number;
  readonly args: readonly string[];
  readonly missing: readonly string[];
  readonly curves: readonly Curve[];
  readonly costs: readonly (Overhead & { readonly system: string; readonly width: number })[];
}

/** The published settings, as far as the pattern can have them at this width. */
export function argumentsFor(pattern: string, width: number): string[] {
  const args = ["-type", pattern, "-steps", "1000", "-kernel", "compute_bound", "-width", String(width)];
  if (pattern !== "spread") return [...args, "-radix", "5"];
  const radix = Math.min(5, width);
  return [...args, "-radix", String(radix), "-period", String(Math.min(3, Math.ceil(width / radix)))];
}

export async function measure(settings: Settings): Promise<Measurement> {
  const { patterns, widths, workers, implementations, places, ranks, peers, commands, threshold, args } = settings;
  const { systems: own, runtime } = await heddleSystems(implementations, workers);
  await using _ = runtime;
  const systems: System[] = [
    ...own,
    ...places.map((it) => placesSystem(it, workers)),
    ...ranks.map((it) => placesSystem(it, workers, true)),
    ...peers.flatMap(({ name, command }) => (command ? [commandSystem(name, command(workers))] : [])),
    ...commands.map((it) => commandSystem(it, it.split(/\s+/))),
  ];
  if (systems.length === 0)
    throw new ParameterError("There is nothing to measure: choose implementations, peers, or --vs COMMAND");
  const curves: Curve[] = [];
  const rounds = patterns.length * widths.length;
  for (const pattern of patterns) {
    for (const width of widths) {
      const all = [...argumentsFor(pattern, width), ...args];
      const round = curves.length / systems.length;
      const progress = (done: number, of: number, what: string): void => {
        const share = (round + done / of) / rounds;
        settings.progress(`${pattern}, width ${width}: ${what}`, share);
      };
      const samples = await sweep(systems, { ...settings, args: all, progress });
      const best = peakOf([...samples.values()].flat());
      for (const [system, runs] of samples) {
        const line = points(runs, workers, settings.peak === "best" ? best : peakOf(runs), settings.average);
        const edgesPerTask = runs[0]!.dependencies / runs[0]!.tasks;
        curves.push({
          system,
          pattern,
          width,
          edgesPerTask,
          metg: metg(line, threshold),
          overhead: overheadPerTask(line),
          points: line,
        });
      }
    }
  }
  return {
    machine: machine(),
    date: new Date().toISOString().slice(0, 10),
    workers,
    args,
    missing: peers.flatMap(({ name, missing }) => (missing === undefined ? [] : [`${name}: ${missing}`])),
    curves,
    costs: systems.flatMap(({ name }) =>
      widths.map((width) => ({
        system: name,
        width,
        ...fitOverhead(curves.filter((it) => it.system === name && it.width === width)),
      })),
    ),
  };
}
