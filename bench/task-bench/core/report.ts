/** The lines that Task Bench prints, in the form that its scripts read. */
import { Graph } from "./graph.ts";
import type { Options } from "./options.ts";
import type { Parameters } from "./parameters.ts";
import { uniform } from "./random.ts";

/** The iterations of one task of the kernel load_imbalance. */
export function unevenIterations({ index, imbalance, iterations }: Parameters, step: number, point: number): number {
  return Math.round((1 + (uniform(index, step, point) - 0.5) * imbalance) * iterations);
}

/** Side of the matrices of compute_dgemm: three of them fill the scratch memory. */
export const matrixSide = ({ scratchBytes }: Parameters): number => Math.floor(Math.sqrt(scratchBytes / 24));

/** Floating-point operations of one task. */
export function flopsOf(graph: Parameters, step: number, point: number): number {
  const { kernel, iterations } = graph;
  if (kernel === "compute_bound") return 2 * 64 * iterations + 64;
  if (kernel === "compute_bound2") return 2 * 32 * iterations;
  if (kernel === "load_imbalance") return 2 * 64 * unevenIterations(graph, step, point) + 64;
  if (kernel === "compute_dgemm") return 2 * matrixSide(graph) ** 3 * iterations;
  return 0;
}

/** Bytes of scratch memory that one task moves. */
export function bytesOf({ kernel, scratchBytes, iterations, samples }: Parameters): number {
  return kernel === "memory_bound" || kernel === "memory_daxpy" ? Math.floor((scratchBytes * iterations) / samples) : 0;
}

export interface Totals {
  tasks: number;
  dependencies: number;
  localDependencies: number;
  flops: number;
  bytes: number;
  /** Bytes that dependences move, within a node of the estimate and between nodes. */
  localBytes: number;
  nonlocalBytes: number;
}

export function count({ graphs, nodes }: Pick<Options, "graphs" | "nodes">): Totals {
  const totals: Totals = { tasks: 0, dependencies: 0, localDependencies: 0, flops: 0, bytes: 0, localBytes: 0, nonlocalBytes: 0 };
  for (const parameters of graphs) {
    const graph = new Graph(parameters);
    const nodeOf = (point: number): number => Math.floor((point * nodes) / graph.width);
    const perTask = bytesOf(parameters);
    for (const [step, point] of graph.tasks()) {
      totals.tasks++;
      totals.flops += flopsOf(parameters, step, point);
      totals.bytes += perTask;
      const inputs = graph.inputsOf(step, point);
      const local = nodes > 0 ? inputs.filter((input) => isLocal(graph, nodes, nodeOf(point), input)).length : 0;
      totals.dependencies += inputs.length;
      totals.localDependencies += local;
      totals.localBytes += local * parameters.outputBytes;
      totals.nonlocalBytes += (inputs.length - local) * parameters.outputBytes;
    }
  }
  return totals;
}

/** Node n of N is taken to own the columns from floor(n W / N) to floor((n + 1) W / N) - 1. */
function isLocal({ width }: Graph, nodes: number, node: number, column: number): boolean {
  return column >= Math.floor((node * width) / nodes) && column < Math.floor(((node + 1) * width) / nodes);
}

/** What runs, before it runs. `kernelNote` says which form of the kernels it is. */
export function display({ graphs, verbose }: Options, kernelNote: string): string {
  const lines = ["Running Task Benchmark", "  Configuration:"];
  for (const graph of graphs) {
    lines.push(
      `    Task Graph ${graph.index + 1}:`,
      `      Time Steps: ${graph.steps}`,
      `      Max Width: ${graph.width}`,
      `      Dependence Type: ${graph.pattern}`,
      `      Radix: ${graph.radix}`,
      `      Period: ${graph.period}`,
      `      Fraction Connected: ${graph.fraction.toFixed(6)}`,
      "      Kernel:",
      `        Type: ${graph.kernel}`,
      `        Implementation: ${kernelNote}`,
      `        Iterations: ${graph.iterations}`,
      `        Samples: ${graph.samples}`,
      `        Imbalance: ${graph.imbalance.toFixed(6)}`,
      `      Output Bytes: ${graph.outputBytes}`,
      `      Scratch Bytes: ${graph.scratchBytes}`,
    );
    if (verbose > 0) lines.push(...rows(new Graph(graph), verbose > 1));
  }
  return lines.join("\n");
}

function rows(graph: Graph, consumers: boolean): string[] {
  const lines: string[] = [];
  const show = (intervals: readonly (readonly [number, number])[]): string =>
    intervals.map(([first, last]) => (first === last ? ` ${first}` : ` [${first}, ${last}]`)).join("");
  for (let step = 0; step < graph.steps; step++) {
    const offset = graph.offsetAt(step);
    const width = graph.widthAt(step);
    const before = `last offset ${graph.offsetAt(step - 1)}, last width ${graph.widthAt(step - 1)}`;
    lines.push(`      Timestep ${step} (offset ${offset}, width ${width}, ${before}):`);
    const set = graph.setAt(step);
    lines.push("        Points:");
    for (let point = offset; point < offset + width; point++) lines.push(`          Point ${point}`);
    lines.push(`        Dependencies (set ${set}):`);
    for (let point = offset; point < offset + width; point++) {
      lines.push(`          Point ${point}:${show(graph.dependencies(set, point))}`);
    }
    if (!consumers) continue;
    lines.push(`        Reverse Dependencies (set ${set}):`);
    for (let point = offset; point < offset + width; point++) {
      lines.push(`          Point ${point}:${show(graph.consumers(set, point))}`);
    }
  }
  return lines;
}

/** What ran, and how long it took. */
export function reportTiming(options: Options, seconds: number): string {
  const { tasks, dependencies, localDependencies, flops, bytes, localBytes, nonlocalBytes } = count(options);
  const estimated = options.nodes > 0;
  return [
    `Total Tasks ${tasks}`,
    `Total Dependencies ${dependencies}`,
    ...(estimated
      ? [
          `  Local Dependencies ${localDependencies} (estimated)`,
          `  Nonlocal Dependencies ${dependencies - localDependencies} (estimated)`,
          `  Number of Nodes (used for estimate) ${options.nodes}`,
        ]
      : ["  Unable to estimate local/nonlocal dependencies"]),
    `Total FLOPs ${flops}`,
    `Total Bytes ${bytes}`,
    `Elapsed Time ${exponential(seconds)} seconds`,
    `FLOP/s ${exponential(flops / seconds)}`,
    `B/s ${exponential(bytes / seconds)}`,
    "Transfer (estimated):",
    ...(estimated
      ? [
          `  Local Bytes ${localBytes}`,
          `  Nonlocal Bytes ${nonlocalBytes}`,
          `  Local Bandwidth ${exponential(localBytes / seconds)} B/s`,
          `  Nonlocal Bandwidth ${exponential(nonlocalBytes / seconds)} B/s`,
        ]
      : ["  Unable to estimate local/nonlocal transfer"]),
  ].join("\n");
}

/** As C prints a double by %e: six digits and an exponent of at least two. */
export function exponential(value: number): string {
  return value.toExponential(6).replace(/e([+-])(\d)$/, "e$10$2");
}
