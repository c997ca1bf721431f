/** One program, many data: a task for each worker, which owns a block of columns; all meet at a phaser after each step. */
import { type Future, finish, type Phaser, phaser, task, whenAll } from "heddle";
import { execute } from "../core/execute.ts";
import { graphHere } from "../core/plan.ts";
import type { Implementation } from "./implementation.ts";

function* steps(index: number, from: number, to: number, barrier: Phaser): Generator<Future<unknown>, void> {
  const { graph } = graphHere(index);
  for (let step = 0; step < graph.steps; step++) {
    for (let at = from; at < to; at++) if (graph.has(step, at)) execute(index, step, at);
    yield* barrier.next();
  }
}

const block = task(import.meta, steps);

/** Spawns the other blocks and takes the first one itself, as a member of the phaser from the beginning. */
const blocks = task(import.meta, function* (index: number, workers: number): Generator<Future<unknown>, void> {
  const { width } = graphHere(index).graph;
  const count = Math.max(1, Math.min(workers, width));
  const edge = (i: number): number => Math.floor((i * width) / count);
  yield* finish(function* () {
    const barrier = phaser();
    for (let i = 1; i < count; i++) {
      block.with({ affinity: i, phased: [barrier] }).spawn(index, edge(i), edge(i + 1), barrier);
    }
    yield* steps(index, 0, edge(1), barrier);
  });
});

export const phasers: Implementation = {
  name: "phasers",
  what: "a generator task for each worker's block of columns, a phaser between the steps",
  constructs: ["task", "with", "finish", "phaser", "next", "whenAll", "yield*"],
  file: new URL(import.meta.url),
  run: (graphs, workers) =>
    whenAll(Array.from({ length: graphs }, (_, index) => blocks.with({ affinity: 0 }).spawn(index, workers))).then(() => {}),
};
