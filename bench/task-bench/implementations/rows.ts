/** Fork-join: one parallel loop over the points of each step. */
import { parallelFor, task } from "heddle";
import { execute } from "../core/execute.ts";
import { graphHere } from "../core/plan.ts";
import type { Implementation } from "./implementation.ts";

const point = task(import.meta, (at: number, index: number, step: number): void => {
  execute(index, step, at);
});

const forkJoin = task(import.meta, (count: number): void => {
  const graphs = Array.from({ length: count }, (_, index) => graphHere(index).graph);
  const steps = Math.max(...graphs.map((graph) => graph.steps));
  for (let step = 0; step < steps; step++) {
    const rows = graphs
      .filter((graph) => step < graph.steps)
      .map((graph) => {
        const from = graph.offsetAt(step);
        return parallelFor({ from, to: from + graph.widthAt(step) }, point, graph.index, step);
      });
    for (const row of rows) row.join();
  }
});

export const rows: Implementation = {
  name: "rows",
  what: "parallelFor over each step",
  constructs: ["task", "parallelFor", "join"],
  file: new URL(import.meta.url),
  run: (graphs) => forkJoin.spawn(graphs),
};
