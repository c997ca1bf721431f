import { type PatternName, patterns, type Shape } from "./patterns.ts";

export const kernelNames = [
  "empty",
  "busy_wait",
  "memory_bound",
  "compute_bound",
  "compute_bound2",
  "load_imbalance",
  "memory_daxpy",
  "compute_dgemm",
] as const;
export type KernelName = (typeof kernelNames)[number];

/** One task graph, as the command line describes it. */
export interface Parameters extends Shape {
  readonly pattern: PatternName;
  readonly kernel: KernelName;
  readonly iterations: number;
  readonly samples: number;
  readonly imbalance: number;
  readonly outputBytes: number;
  readonly scratchBytes: number;
  /** How many steps keep their outputs; 0 for all. */
  readonly fields: number;
}

export const defaults: Parameters = {
  index: 0,
  steps: 4,
  width: 4,
  pattern: "trivial",
  radix: 3,
  period: -1,
  fraction: 0.25,
  kernel: "empty",
  iterations: 0,
  samples: 16,
  imbalance: 0,
  outputBytes: 16,
  scratchBytes: 0,
  fields: 0,
};

/** Something about the command line is wrong; the message says what to write instead. */
export class ParameterError extends Error {
  override readonly name = "ParameterError";
}

/** Fills in what was left to the pattern, and checks everything. @throws ParameterError */
export function complete(given: Parameters): Parameters {
  const { usesPeriod } = patterns[given.pattern];
  const period = given.period < 0 ? (usesPeriod ? 3 : 0) : given.period;
  const fields = given.fields === 0 ? given.steps : given.fields;
  const graph = { ...given, period, fields };
  const demand = (holds: boolean, what: string): void => {
    if (!holds) throw new ParameterError(`Graph ${graph.index + 1}: ${what}`);
  };
  const { steps, width, pattern, radix, fraction, kernel } = graph;
  demand(steps > 0, `-steps is ${steps}; it must be at least 1`);
  demand(width > 0, `-width is ${width}; it must be at least 1`);
  demand(radix >= 0, `-radix is ${radix}; it must be at least 0`);
  demand(fraction >= 0 && fraction <= 1, `-fraction is ${fraction}; it must be from 0 to 1`);
  demand(graph.iterations >= 0, `-iter is ${graph.iterations}; it must be at least 0`);
  demand(graph.samples >= 0, `-sample is ${graph.samples}; it must be at least 0`);
  demand(graph.imbalance >= 0 && graph.imbalance <= 2, `-imbalance is ${graph.imbalance}; it must be from 0 to 2`);
  demand(graph.outputBytes >= 16, `-output is ${graph.outputBytes}; a task puts out 16 bytes or more`);
  demand(graph.scratchBytes >= 0, `-scratch is ${graph.scratchBytes}; it must be at least 0`);
  demand(graph.scratchBytes % 8 === 0, `-scratch is ${graph.scratchBytes}; it must be a multiple of 8`);
  demand(fields > 0, `-field is ${fields}; it must be at least 1`);
  demand(
    fields > 1 || steps === 1,
    "-field is 1; with one field a step would overwrite what its other tasks still read: give 2 or more, or 0 for all steps",
  );
  if (usesPeriod) demand(period > 0, `-period is ${period}; ${pattern} needs one of 1 or more`);
  else demand(period === 0, `-period is ${period}; ${pattern} has no period`);
  if (pattern === "fft") demand(width > 1, "-type fft with -width 1 has no butterfly (log2 of 1 is 0): give -width 2 or more");
  if (pattern === "stencil_1d_periodic") {
    demand(width > 2, `-type stencil_1d_periodic with -width ${width} names a neighbour twice: give -width 3 or more`);
  }
  if (pattern === "spread" && radix > 0) {
    const most = Math.ceil(width / radix);
    demand(
      period <= most,
      `-period is ${period}; with -width ${width} and -radix ${radix}, spread names points twice beyond ${most}`,
    );
    demand(radix <= width, `-radix is ${radix}; with -width ${width}, spread names points twice`);
  }
  if (kernel === "memory_bound" || kernel === "memory_daxpy") {
    const slice = graph.scratchBytes / graph.samples;
    demand(slice >= 64, `-kernel ${kernel} needs -scratch of at least 64 bytes for each of its ${graph.samples} samples`);
  }
  if (kernel === "compute_dgemm") demand(graph.scratchBytes >= 24, "-kernel compute_dgemm needs -scratch of at least 24 bytes");
  return graph;
}
