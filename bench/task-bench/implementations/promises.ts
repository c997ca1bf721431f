/** Point to point: one task for each column, which takes its steps one after the other and promises each output to its readers. */
import { type Future, finish, type HeddlePromise, promise, task } from "heddle";
import { execute } from "../core/execute.ts";
import type { Graph } from "../core/graph.ts";
import { graphHere } from "../core/plan.ts";
import { type Implementation, overwritten } from "./implementation.ts";

/** What a column waits for before each step, and what it promises then; empty where it has no task. */
interface Part {
  readonly inputs: readonly (readonly Future<void>[])[];
  readonly outputs: readonly (HeddlePromise<void> | null)[];
}

const column = task(import.meta, function* (index: number, at: number, { inputs, outputs }: Part) {
  for (const [step, output] of outputs.entries()) {
    if (output === null) continue;
    for (const input of inputs[step]!) yield* input;
    execute(index, step, at);
    output.put();
  }
});

function spawnColumns(graph: Graph, workers: number): void {
  const steps = Array.from({ length: graph.steps }, (_, step) => step);
  const all = steps.map((step) => Array.from({ length: graph.width }, (_, at) => (graph.has(step, at) ? promise<void>() : null)));
  for (let at = 0; at < graph.width; at++) {
    const readBy = (step: number) => graph.inputsOf(step, at).map((column): readonly [number, number] => [step - 1, column]);
    const before = (step: number) => [...readBy(step), ...overwritten(graph, step, at)].filter(([, column]) => column !== at);
    const inputs = steps.map((step) => (all[step]![at] === null ? [] : before(step).map(([s, p]) => all[s]![p]!.future)));
    const affinity = Math.floor((at * workers) / graph.width);
    column.with({ affinity }).spawn(graph.index, at, { inputs, outputs: all.map((row) => row[at]!) });
  }
}

const columns = task(import.meta, function* (graphs: number, workers: number) {
  // biome-ignore lint/correctness/useYield: the scope of a generator task is a generator
  yield* finish(function* () {
    for (let index = 0; index < graphs; index++) spawnColumns(graphHere(index).graph, workers);
  });
});

export const promises: Implementation = {
  name: "promises",
  what: "a generator task for each column, promises between them",
  constructs: ["task", "with", "finish", "promise", "put", "yield*"],
  file: new URL(import.meta.url),
  run: (graphs, workers) => columns.spawn(graphs, workers),
};
