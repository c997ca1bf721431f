import { readFileSync } from "node:fs";
import type { Graph } from "../core/graph.ts";

/** One way to run the graphs of a plan that is installed in all workers. */
export interface Implementation {
  readonly name: string;
  readonly what: string;
  /** Names of the library's constructs that the file uses. */
  readonly constructs: readonly string[];
  readonly file: URL;
  /** Runs all graphs of the plan, of which there are `graphs`, at the same time; resolves when every task has ended. */
  run(graphs: number, workers: number): PromiseLike<void>;
}

/** Lines of the file that are neither empty nor comments. */
export function linesOfCode({ file }: { readonly file: URL }): number {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => /\S/.test(line) && !/^\s*(\/\/|\/\*|\*)/.test(line)).length;
}

const none: readonly (readonly [step: number, point: number])[] = [];

/**
 * Where a field is used again: the tasks beside its inputs that must have ended before a task may start, because they wrote or read
 * what it overwrites.
 */
export function overwritten(graph: Graph, step: number, point: number): readonly (readonly [step: number, point: number])[] {
  const { fields } = graph.parameters;
  const old = step - fields;
  if (old < 0 || !graph.has(old, point)) return none;
  const inputs = fields === 2 ? graph.inputsOf(step, point) : [];
  const readers = graph.readersOf(old, point).filter((it) => !inputs.includes(it));
  return [[old, point], ...readers.map((it) => [old + 1, it] as const)];
}
