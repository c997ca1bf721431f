/** Runs a configuration of Task Bench by one implementation, in a runtime that is there. */
import { performance } from "node:perf_hooks";
import type { Runtime } from "heddle";
import type { Compute } from "./core/kernels.ts";
import type { Parameters } from "./core/parameters.ts";
import { type Corruption, withPlan } from "./core/plan.ts";
import type { Implementation } from "./implementations/implementation.ts";

export interface RunOptions {
  readonly compute?: Compute;
  readonly corruption?: Corruption | null;
  /** So often the same tasks run; the last time counts. */
  readonly times?: number;
}

/** Seconds of the last run. Setting up the arrays is not part of it; spawning the tasks is. */
export function runGraphs(
  runtime: Runtime,
  implementation: Implementation,
  graphs: readonly Parameters[],
  { compute = "wasm", corruption = null, times = 2 }: RunOptions = {},
): Promise<number> {
  return runtime.run(() =>
    withPlan(graphs, runtime.workers, compute, corruption, async () => {
      let seconds = 0;
      for (let i = 0; i < times; i++) {
        const begin = performance.now();
        await runtime.run(() => implementation.run(graphs.length, runtime.workers));
        seconds = (performance.now() - begin) / 1000;
      }
      return seconds;
    }),
  );
}
