/** One program, many data: a task for each worker, which owns a block of columns; all meet at a phaser after each step. */
import { finish, type Phaser, phaser, task } from "heddle";
import { execute } from "../core/execute.ts";
import { graphHere } from "../core/plan.ts";
import type { Implementation } from "./implementation.ts";

const block = task(import.meta, function* (index: number, from: number, to: number, barrier: Phaser) {
  const { graph } = graphHere(index);
  for (let step = 0; step < graph.steps; step++) {
    for (let at = from; at < to; at++) if (graph.has(step, at)) execute(index, step, at);
    yield* barrier.next();
  }
});

const blocks = task(import.meta, function* (graphs: number, workers: number) {
  yield* finish(function* () {
    for (let index = 0; index < graphs; index++) {
      const { width } = graphHere(index).graph;
      const count = Math.max(1, Math.min(workers, width));
      const edge = (i: number): number => Math.floor((i * width) / count);
      const barrier = phaser();
      for (let i = 0; i < count; i++) {
        block.with({ affinity: i, phased: [barrier] }).spawn(index, edge(i), edge(i + 1), barrier);
      }
      barrier.drop();
    }
  });
});

export const phasers: Implementation = {
  name: "phasers",
  what: "a generator task for each worker's block of columns, a phaser between the steps",
  constructs: ["task", "with", "finish", "phaser", "next", "drop", "yield*"],
  file: new URL(import.meta.url),
  run: (graphs, workers) => blocks.spawn(graphs, workers),
};
