/**
 * What a run works on: the graphs, and the arrays on the heap through which their tasks pass real bytes. A plan is installed in
 * every worker before the tasks are spawned, so that a task is named by three small numbers: graph, step and point.
 */
import { shared, task, whenAll } from "heddle";
import { Graph } from "./graph.ts";
import { type Compute, prepareScratch } from "./kernels.ts";
import type { Parameters } from "./parameters.ts";

/** A byte that is changed after its task has written it, to see that the next step notices. */
export interface Corruption {
  readonly graph: number;
  readonly step: number;
  readonly point: number;
  readonly byte: number;
}

export interface Plan {
  readonly graphs: readonly Parameters[];
  readonly compute: Compute;
  /** For each graph: one buffer for each column and field, field by field. */
  readonly outputs: readonly Uint8Array[];
  /** For each graph: one part for each worker. */
  readonly scratch: readonly Float64Array[];
  readonly corruption: Corruption | null;
}

/** A graph as one thread sees it. */
export interface LocalGraph {
  readonly graph: Graph;
  readonly compute: Compute;
  /** The words of all output buffers; `stride` words for each. */
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly stride: number;
  /** This thread's scratch memory. */
  readonly scratch: Int32Array;
  readonly corruption: Corruption | null;
}

let local: readonly LocalGraph[] = [];

/** The graph `index` of the plan that is installed in this thread. */
export function graphHere(index: number): LocalGraph {
  const graph = local[index];
  if (graph === undefined) throw new Error("No plan is installed in this thread.");
  return graph;
}

/** The buffers begin at multiples of 16 bytes. */
const strideBytes = (outputBytes: number): number => (outputBytes + 15) & ~15;

export function makePlan(
  graphs: readonly Parameters[],
  workers: number,
  region: ReturnType<typeof shared.region>,
  compute: Compute,
  corruption: Corruption | null = null,
): Plan {
  return {
    graphs,
    compute,
    outputs: graphs.map(({ fields, width, outputBytes }) => region.uint8(fields * width * strideBytes(outputBytes))),
    scratch: graphs.map((it) => {
      const scratch = region.float64((Math.max(1, workers) * it.scratchBytes) / 8);
      const part = it.scratchBytes / 8;
      for (let i = 0; part > 0 && i < scratch.length; i += part) prepareScratch(scratch.subarray(i, i + part), it);
      return scratch;
    }),
    corruption,
  };
}

const installHere = task(import.meta, ({ graphs, compute, outputs, scratch, corruption }: Plan, worker: number): void => {
  local = graphs.map((parameters, i): LocalGraph => {
    const bytes = outputs[i]!;
    const part = parameters.scratchBytes;
    return {
      graph: new Graph(parameters),
      compute,
      words: new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2),
      bytes,
      stride: strideBytes(parameters.outputBytes) >> 2,
      scratch: new Int32Array(scratch[i]!.buffer, scratch[i]!.byteOffset + worker * part, part >> 2),
      corruption: corruption?.graph === i ? corruption : null,
    };
  });
});

/** Makes the plan known to all workers; with none, to this thread. */
export async function install(plan: Plan, workers: number): Promise<void> {
  const all = Array.from({ length: Math.max(1, workers) }, (_, worker) => worker);
  await whenAll(all.map((worker) => installHere.with({ affinity: worker }).spawn(plan, worker)));
}

/** Runs `body` with a plan that is installed in all workers, and frees its arrays. */
export async function withPlan<T>(
  graphs: readonly Parameters[],
  workers: number,
  compute: Compute,
  corruption: Corruption | null,
  body: () => Promise<T>,
): Promise<T> {
  const region = shared.region();
  try {
    await install(makePlan(graphs, workers, region, compute, corruption), workers);
    return await body();
  } finally {
    region.free();
  }
}
