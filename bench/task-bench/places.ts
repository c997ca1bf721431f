/** Task Bench as one program over places, run at each of them: heddle run -p 4 bench/task-bench/places.ts -- -type stencil_1d */
import { type MainArguments, world } from "heddle";
import { kernelNote } from "./core/kernels.ts";
import { parseOptions } from "./core/options.ts";
import { display, reportTiming } from "./core/report.ts";
import { linesOfCode } from "./implementations/implementation.ts";
import { overPlaces, runOverPlaces } from "./implementations/places.ts";
import { describe, settingsOf } from "./settings.ts";

export async function main(args: MainArguments): Promise<void> {
  const options = parseOptions(args);
  const settings = settingsOf(options.rest);
  const isFirst = world.rank === 0;
  if (isFirst) {
    console.log(display(options, kernelNote[settings.compute]));
    console.log(describe(overPlaces, linesOfCode(overPlaces), `${world.size} places`));
  }
  const seconds = await runOverPlaces(options.graphs, settings);
  if (isFirst) console.log(reportTiming(options, seconds));
}
