import type { Parameters } from "./parameters.ts";
import { type Interval, patterns } from "./patterns.ts";

/** A task graph: its parameters, and its dependences worked out once for each dependence set and column. */
export class Graph {
  readonly parameters: Parameters;
  readonly index: number;
  readonly steps: number;
  readonly width: number;
  readonly sets: number;
  readonly #dependencies: readonly (readonly Interval[])[];
  readonly #consumers: readonly (readonly Interval[])[];

  constructor(parameters: Parameters) {
    const { index, steps, width, pattern } = parameters;
    this.parameters = parameters;
    this.index = index;
    this.steps = steps;
    this.width = width;
    const { sets, dependencies, consumers } = patterns[pattern];
    this.sets = sets(parameters);
    const all = Array.from({ length: this.sets * width }, (_, i) => i);
    this.#dependencies = all.map((i) => dependencies(parameters, Math.floor(i / width), i % width));
    this.#consumers = all.map((i) => consumers(parameters, Math.floor(i / width), i % width));
  }

  setAt(step: number): number {
    return patterns[this.parameters.pattern].setAt(this.parameters, step);
  }

  /** Columns `offsetAt` to `offsetAt + widthAt - 1` have a task in this step; steps outside of the graph have none. */
  offsetAt(step: number): number {
    return step < 0 || step >= this.steps ? 0 : patterns[this.parameters.pattern].offsetAt(this.parameters, step);
  }

  widthAt(step: number): number {
    return step < 0 || step >= this.steps ? 0 : patterns[this.parameters.pattern].widthAt(this.parameters, step);
  }

  has(step: number, point: number): boolean {
    const offset = this.offsetAt(step);
    return point >= offset && point < offset + this.widthAt(step);
  }

  /** As the pattern defines it, not clipped to the step before. */
  dependencies(set: number, point: number): readonly Interval[] {
    return this.#dependencies[set * this.width + point]!;
  }

  consumers(set: number, point: number): readonly Interval[] {
    return this.#consumers[set * this.width + point]!;
  }

  /** The columns of step `step - 1` whose outputs the task reads, in the order in which it reads them. */
  inputsOf(step: number, point: number): number[] {
    return this.#columns(this.dependencies(this.setAt(step), point), step - 1);
  }

  /** The columns of step `step + 1` whose tasks read this task's output. */
  readersOf(step: number, point: number): number[] {
    return step + 1 < this.steps ? this.#columns(this.consumers(this.setAt(step + 1), point), step + 1) : [];
  }

  #columns(intervals: readonly Interval[], step: number): number[] {
    const first = this.offsetAt(step);
    const last = first + this.widthAt(step) - 1;
    const columns: number[] = [];
    for (const [from, to] of intervals) {
      for (let column = Math.max(from, first); column <= Math.min(to, last); column++) columns.push(column);
    }
    return columns;
  }

  /** Every task, step by step. */
  *tasks(): Generator<[step: number, point: number]> {
    for (let step = 0; step < this.steps; step++) {
      const offset = this.offsetAt(step);
      const width = this.widthAt(step);
      for (let point = offset; point < offset + width; point++) yield [step, point];
    }
  }
}

/** Checks what the definition of a pattern promises. @throws Error that names the task. */
export function checkGraph(graph: Graph): void {
  for (let set = 0; set < graph.sets; set++) {
    for (let point = 0; point < graph.width; point++) {
      const seen = new Set<number>();
      for (const [first, last] of graph.dependencies(set, point)) {
        for (let column = first; column <= last; column++) {
          const where = `dependence set ${set}, point ${point}`;
          if (seen.has(column)) throw new Error(`${where} depends on ${column} twice`);
          seen.add(column);
          const mirrored = graph.consumers(set, column).some(([from, to]) => from <= point && point <= to);
          if (!mirrored) throw new Error(`${where} depends on ${column}, which does not know it`);
        }
      }
      for (const [first, last] of graph.consumers(set, point)) {
        for (let column = first; column <= last; column++) {
          const mirrored = graph.dependencies(set, column).some(([from, to]) => from <= point && point <= to);
          if (!mirrored)
            throw new Error(`dependence set ${set}, point ${point} names the reader ${column}, which does not depend on it`);
        }
      }
    }
  }
  for (let step = 0; step < graph.steps; step++) {
    if (graph.offsetAt(step) + graph.widthAt(step) > graph.width) throw new Error(`step ${step} is wider than the graph`);
  }
}
