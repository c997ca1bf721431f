/** The matrix of Task Bench over places: every pattern with every kind of load, 23 steps, alone and two graphs at once. */
import { world } from "heddle";
import { parseOptions } from "../../../bench/task-bench/core/options.ts";
import { patternNames } from "../../../bench/task-bench/core/patterns.ts";
import { type PlacesOptions, runOverPlaces } from "../../../bench/task-bench/implementations/places.ts";
import { type Cases, check } from "./check.ts";

const loads = [
  "-kernel empty",
  "-kernel compute_bound -iter 64",
  "-kernel memory_bound -iter 64 -scratch 1024",
  "-kernel load_imbalance -iter 64 -imbalance 0.1",
  "-output 1024",
];

const extra: Partial<Record<string, string>> = { spread: "-period 2" };
/** Many places of one machine take long for a step. */
const steps = world.size > 4 ? 7 : 23;
const graphOf = (pattern: string, load: string, width = 4): string =>
  `-steps ${steps} -width ${width} -type ${pattern} ${extra[pattern] ?? ""} ${load}`;

async function runAll(lines: readonly string[], options: PlacesOptions = {}): Promise<void> {
  for (const line of lines) {
    const { graphs } = parseOptions(line.split(" ").filter((it) => it !== ""));
    try {
      await runOverPlaces(graphs, { times: 1, ...options });
    } catch (error) {
      throw new Error(line, { cause: error });
    }
  }
}

const cases: Cases = {
  ...Object.fromEntries(
    (world.size > 4 ? loads.slice(0, 1) : loads).map((load) => [
      `every pattern, ${load}`,
      () => runAll(patternNames.map((it) => graphOf(it, load))),
    ]),
  ),

  "every pattern twice at once": () => runAll(patternNames.map((it) => `${graphOf(it, "")} -and ${graphOf(it, "")}`)),

  "more columns than workers, and fewer": () =>
    runAll(patternNames.flatMap((it) => [graphOf(it, "", 19), ...(/fft|periodic/.test(it) ? [] : [graphOf(it, "-radix 1", 2)])])),

  "other outputs and kernels, several runs": () =>
    runAll(
      ["-output 17", "-output 20000", "-field 2", "-kernel compute_dgemm -iter 3 -scratch 5000"].map((it) =>
        graphOf("nearest", it),
      ),
      {
        times: 3,
        compute: "ts",
      },
    ),

  "different graphs at once": () =>
    runAll([
      `${graphOf("tree", "")} -and ${graphOf("dom", "", 9)} -and ${graphOf("spread", "", 5)} -and ${graphOf("fft", "", 8)}`,
    ]),
};

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  await check(cases, place, places, args[0]);
}
