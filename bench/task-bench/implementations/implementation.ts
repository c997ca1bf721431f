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
export function linesOfCode({ file }: Implementation): number {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => /\S/.test(line) && !/^\s*(\/\/|\/\*|\*)/.test(line)).length;
}

/**
 * Tasks that must have ended before a task may start: those whose output it reads and, where a field is used again, those that
 * read what it overwrites.
 */
export function predecessors(graph: Graph, step: number, point: number): [step: number, point: number][] {
  const before = graph.inputsOf(step, point).map((input): [number, number] => [step - 1, input]);
  const { fields } = graph.parameters;
  const overwritten = step - fields;
  if (overwritten < 0 || !graph.has(overwritten, point)) return before;
  const readers = graph.readersOf(overwritten, point).filter((it) => fields > 2 || !before.some(([, input]) => input === it));
  return [...before, [overwritten, point], ...readers.map((it): [number, number] => [overwritten + 1, it])];
}
