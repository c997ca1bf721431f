import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { describeMachine } from "../../machine.ts";
import { progress } from "../../progress.ts";
import { ParameterError } from "../core/parameters.ts";
import { implementations } from "../implementations/list.ts";
import { buildPeers, type Peer } from "../peers/build.ts";
import { type Measurement, measure } from "./measure.ts";
import { plot } from "./plot.ts";
import { CommandError } from "./sweep.ts";
import { costTable, metgTable, notes, plain } from "./tables.ts";

const help = `Usage: npm run metg -- [-type NAME,...] [options] [-- options of Task Bench]

Runs Task Bench with ever smaller tasks and prints METG(50 %): the smallest granularity, wall time x cores / tasks, at which half
of the peak rate is reached. Settings are the published ones: 1000 steps, kernel compute_bound, radix 5, 16 bytes of output.

  -type NAMES       patterns, separated by commas (default stencil_1d)
  --widths LIST     multiples of the number of workers (default 1)
  --workers N       (default: one for each core)
  --impl LIST       of ${implementations.map(({ name }) => name).join(", ")}; "none" (default: all)
  --peers LIST      of openmp, tbb, starpu, mpi; "none" (default: all that can be compiled)
  --places LIST     the implementation over so many places, each with its share of the workers; may be several numbers
  --ranks LIST      the same with the ranks of an MPI job as places
  --vs COMMAND      any program that takes the options and prints the lines of Task Bench; may be repeated
  --from E, --to E  iterations from 2^E down to 2^E (default 13, 2)
  --runs N          runs of each size (default 5)
  --warm-up MS      how long each system of this process runs before it is measured (default 3000): until the engine has compiled it
  --threshold F     (default 0.5)
  --peak own|best   efficiency against the best rate of the system itself (default), or of all systems
  --median          average the runs of a size by the median; Task Bench takes the mean, which a busy machine disturbs
  --json            one JSON document on standard output
  --svg FILE        efficiency against granularity, for the first pattern and width
  --help`;

/** Task Bench writes -type with one dash, and passes what it does not know on. */
function splitArguments(argv: readonly string[]): { own: string[]; further: string[] } {
  const end = argv.indexOf("--");
  const own = (end < 0 ? argv : argv.slice(0, end)).map((it) => (it === "-type" ? "--type" : it));
  return { own, further: end < 0 ? [] : argv.slice(end + 1) };
}

function chosen<T extends { readonly name: string }>(flag: string, all: readonly T[], list: string | undefined): readonly T[] {
  if (list === undefined) return all;
  if (list === "none") return [];
  return list.split(",").map((name) => {
    const found = all.find((it) => it.name === name);
    if (found === undefined)
      throw new ParameterError(`${flag} ${name} is not known; there are ${all.map((it) => it.name).join(", ")}`);
    return found;
  });
}

function whole(flag: string, text: string, least: number): number {
  if (!/^\d+$/.test(text) || Number(text) < least) throw new ParameterError(`${flag} is ${text}; it must be at least ${least}`);
  return Number(text);
}

const line = progress();

function report(measurement: Measurement, peers: readonly Peer[]): string {
  const lines = [describeMachine(measurement.machine), "", "METG(50 %):", plain(metgTable(measurement))];
  for (const note of notes(measurement)) lines.push(`  ${note}`);
  lines.push("", "Time of all cores beside the kernels, fitted over the patterns:", plain(costTable(measurement)));
  for (const { name, missing } of peers) if (missing !== undefined) lines.push(`  left out: ${name}: ${missing}`);
  return lines.join("\n");
}

async function main(): Promise<void> {
  const { own, further } = splitArguments(process.argv.slice(2));
  const { values } = parseArgs({
    args: own,
    options: {
      type: { type: "string", default: "stencil_1d" },
      widths: { type: "string", default: "1" },
      workers: { type: "string", default: String(availableParallelism()) },
      impl: { type: "string" },
      peers: { type: "string" },
      places: { type: "string" },
      ranks: { type: "string" },
      vs: { type: "string", multiple: true, default: [] },
      from: { type: "string", default: "13" },
      to: { type: "string", default: "2" },
      runs: { type: "string", default: "5" },
      "warm-up": { type: "string", default: "3000" },
      threshold: { type: "string", default: "0.5" },
      peak: { type: "string", default: "own" },
      median: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      svg: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(help);
  const workers = whole("--workers", values.workers, 1);
  if (values.peak !== "own" && values.peak !== "best")
    throw new ParameterError(`--peak is ${values.peak}; it must be own or best`);
  line.show("compiling the C++ peers");
  const peers = values.peers === "none" ? [] : chosen("--peers", buildPeers(values.peers?.split(",")), values.peers);
  const measurement = await measure({
    patterns: values.type.split(","),
    widths: values.widths.split(",").map((it) => whole("--widths", it, 1) * workers),
    workers,
    implementations: chosen("--impl", implementations, values.impl),
    peers,
    places: values.places?.split(",").map((it) => whole("--places", it, 1)) ?? [],
    ranks: values.ranks?.split(",").map((it) => whole("--ranks", it, 1)) ?? [],
    commands: values.vs,
    from: whole("--from", values.from, 0),
    to: whole("--to", values.to, 0),
    runs: whole("--runs", values.runs, 1),
    warmUp: whole("--warm-up", values["warm-up"], 0),
    threshold: Number(values.threshold),
    peak: values.peak,
    average: values.median ? "median" : "mean",
    args: further,
    progress: line.show,
  });
  line.clear();
  if (values.svg !== undefined) {
    const [first] = measurement.curves;
    const series = measurement.curves.filter((it) => it.pattern === first!.pattern && it.width === first!.width);
    const title = `Efficiency of ${first!.pattern}, width ${first!.width}, ${workers} workers`;
    writeFileSync(values.svg, plot(title, series.map((it) => ({ name: it.system, points: it.points })))); // biome-ignore format: one line
  }
  console.log(values.json ? JSON.stringify(measurement, null, 2) : report(measurement, peers));
}

try {
  await main();
} catch (error) {
  const expected = error instanceof ParameterError || error instanceof CommandError;
  if (!expected && !(error instanceof TypeError && "code" in error)) throw error;
  line.clear();
  console.error(error.message);
  process.exitCode = error instanceof CommandError ? 1 : 2;
}
