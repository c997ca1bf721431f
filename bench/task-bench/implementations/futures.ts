/** Dataflow: one task for each point, spawned by `after` when the futures of its predecessors are there. */
import { type Future, finish, task } from "heddle";
import { execute } from "../core/execute.ts";
import type { Graph } from "../core/graph.ts";
import { graphHere } from "../core/plan.ts";
import { type Implementation, overwritten } from "./implementation.ts";

const point = task(import.meta, (index: number, step: number, at: number, ..._predecessors: void[]): void => {
  execute(index, step, at);
});

function build(graph: Graph): void {
  const rows: Future<void>[][] = [];
  for (let step = 0; step < graph.steps; step++) {
    const row: Future<void>[] = [];
    rows.push(row);
    const offset = graph.offsetAt(step);
    const width = graph.widthAt(step);
    for (let at = offset; at < offset + width; at++) {
      const inputs = graph.inputsOf(step, at).map((column) => rows[step - 1]![column]!);
      const others = overwritten(graph, step, at).map(([s, p]) => rows[s]![p]!);
      row[at] = point.after(graph.index, step, at, ...inputs, ...others);
    }
  }
}

const dataflow = task(import.meta, (graphs: number): void => {
  finish(() => {
    for (let index = 0; index < graphs; index++) build(graphHere(index).graph);
  });
});

export const futures: Implementation = {
  name: "futures",
  what: "a task for each point, spawned by after",
  constructs: ["task", "after", "finish"],
  file: new URL(import.meta.url),
  run: (graphs) => dataflow.spawn(graphs),
};
