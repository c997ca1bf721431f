/** Point to point: one task for each column, which takes its steps one after the other and promises each output to its readers. */
import { finish, type HeddlePromise, promise, task } from "heddle";
import { execute } from "../core/execute.ts";
import type { Graph } from "../core/graph.ts";
import { graphHere } from "../core/plan.ts";
import { type Implementation, predecessors } from "./implementation.ts";

type Rows = readonly (readonly HeddlePromise<void>[])[];

const column = task(import.meta, function* (index: number, at: number, rows: Rows) {
  const { graph } = graphHere(index);
  for (let step = 0; step < graph.steps; step++) {
    if (!graph.has(step, at)) continue;
    for (const [s, p] of predecessors(graph, step, at)) if (p !== at) yield* rows[s]![p]!.future;
    execute(index, step, at);
    rows[step]![at]!.put();
  }
});

function spawnColumns(graph: Graph, workers: number): void {
  const promises = Array.from({ length: graph.steps }, () => Array.from({ length: graph.width }, () => promise<void>()));
  for (let at = 0; at < graph.width; at++) {
    const affinity = Math.floor((at * workers) / graph.width);
    column.with({ affinity }).spawn(graph.index, at, promises);
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
