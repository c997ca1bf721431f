/**
 * One program at every place: a task for each worker of each place, which owns a block of columns and takes its steps one after the
 * other. What others read of it goes to them as an argument of a task, an active message.
 */
import { type Future, type HeddlePromise, place, promise, stats, task, whenAll, world } from "heddle";
import { execute } from "../core/execute.ts";
import type { Graph } from "../core/graph.ts";
import type { Compute } from "../core/kernels.ts";
import type { Parameters } from "../core/parameters.ts";
import { type Corruption, graphHere, withPlan } from "../core/plan.ts";
import type { Implementation } from "./implementation.ts";

/** A graph as one worker sees it. Blocks are numbered over the workers of all places. */
interface Lane {
  readonly from: number;
  readonly to: number;
  /** For each step, how many outputs of other blocks its tasks read, and how many of them are here. */
  readonly expected: Int32Array;
  readonly arrived: Int32Array;
  /** For each task, the other blocks that read its output. */
  readonly readers: readonly (readonly number[])[];
  /** What the block waits on. */
  gate: HeddlePromise<void> | null;
}

let lanes: readonly Lane[] = [];
let own = 0;
let perPlace = 1;

function laneOf(graph: Graph, block: number, blocks: number): Lane {
  const { width, steps } = graph;
  const edge = (it: number): number => Math.floor((it * width) / blocks);
  const owners = Array.from({ length: blocks }, (_, it) => it).flatMap((it) =>
    new Array<number>(edge(it + 1) - edge(it)).fill(it),
  );
  const expected = new Int32Array(steps);
  const readers = Array.from({ length: steps * width }, (_, i) => {
    const [step, at] = [Math.floor(i / width), i % width];
    if (!graph.has(step, at)) return [];
    const others = new Set(graph.readersOf(step, at).map((reader) => owners[reader]!));
    others.delete(owners[at]!);
    if (others.has(block)) expected[step + 1]!++;
    return [...others];
  });
  return { from: edge(block), to: edge(block + 1), expected, arrived: new Int32Array(steps), readers, gate: null };
}

const prepare = task(import.meta, (graphs: number, block: number, workers: number): void => {
  own = block;
  perPlace = workers;
  const blocks = workers * world.size;
  lanes = Array.from({ length: graphs }, (_, index) => laneOf(graphHere(index).graph, block, blocks));
});

const arrive = task(import.meta, (index: number, step: number): void => {
  const lane = lanes[index]!;
  lane.arrived[step]!++;
  lane.gate?.put();
  lane.gate = null;
});

const deliver = task(import.meta, (index: number, step: number, at: number, output: Uint8Array): void => {
  outputOf(index, step, at).set(output);
  tellHere(index, step, at);
});

function outputOf(index: number, step: number, at: number): Uint8Array {
  const { bytes, stride, graph } = graphHere(index);
  const start = (step * graph.width + at) * stride * 4;
  return bytes.subarray(start, start + graph.parameters.outputBytes);
}

function tellHere(index: number, step: number, at: number): void {
  for (const reader of lanes[index]!.readers[step * graphHere(index).graph.width + at]!) {
    if (reader === own) arrive(index, step + 1);
    else if (Math.floor(reader / perPlace) === place()) arrive.with({ affinity: reader % perPlace }).spawn(index, step + 1);
  }
}

function tell(index: number, step: number, at: number): void {
  const readers = lanes[index]!.readers[step * graphHere(index).graph.width + at]!;
  if (readers.length === 0) return;
  tellHere(index, step, at);
  let last = place();
  for (const reader of readers) {
    const there = Math.floor(reader / perPlace);
    if (there !== last && there !== place()) deliver.at(there).spawn(index, step, at, outputOf(index, step, at));
    last = there;
  }
}

const block = task(import.meta, function* (index: number): Generator<Future<unknown>, void> {
  const lane = lanes[index]!;
  const { from, to, arrived, expected } = lane;
  const { graph } = graphHere(index);
  for (let step = 0; step < graph.steps; step++) {
    while (arrived[step]! < expected[step]!) {
      lane.gate = promise<void>();
      yield* lane.gate.future;
    }
    for (let at = from; at < to; at++) {
      if (!graph.has(step, at)) continue;
      execute(index, step, at);
      tell(index, step, at);
    }
  }
  arrived.fill(0); // for the next run, whose outputs may come before its block begins
});

const nothing = task(import.meta, (): void => {});

export interface PlacesOptions {
  readonly compute?: Compute;
  readonly corruption?: Corruption | null;
  /** So often the same tasks run; the last time counts. */
  readonly times?: number;
}

/** Every place calls it, with as many workers, and gets the seconds of the last run. Each place keeps the outputs of all steps. */
export async function runOverPlaces(
  given: readonly Parameters[],
  { compute = "wasm", corruption = null, times = 2 }: PlacesOptions = {},
): Promise<number> {
  await nothing.spawn(); // with a single place this starts the workers
  const { workers } = stats()!;
  const graphs = given.map((it) => ({ ...it, fields: it.steps }));
  return await withPlan(graphs, workers, compute, corruption, async () => {
    const all = Array.from({ length: workers }, (_, worker) => worker);
    const first = place() * workers;
    await whenAll(all.map((worker) => prepare.with({ affinity: worker }).spawn(graphs.length, first + worker, workers)));
    let seconds = 0;
    for (let i = 0; i < times; i++) {
      await world.barrier();
      const begin = performance.now();
      await whenAll(graphs.flatMap((_, index) => all.map((worker) => block.with({ affinity: worker }).spawn(index))));
      await world.barrier();
      seconds = (performance.now() - begin) / 1000;
    }
    return await world.allReduce(seconds, "max");
  });
}

export const overPlaces: Omit<Implementation, "run"> = {
  name: "places",
  what: "a generator task for each worker of each place, outputs as arguments of remote tasks",
  constructs: ["task", "at", "with", "whenAll", "promise", "put", "yield*", "world", "barrier", "allReduce"],
  file: new URL(import.meta.url),
};
