/** The command line of Task Bench. What it does not know it leaves to the implementation. */
import { checkGraph, Graph } from "./graph.ts";
import { complete, defaults, kernelNames, ParameterError, type Parameters } from "./parameters.ts";
import { patternNames } from "./patterns.ts";

export interface Options {
  readonly graphs: readonly Parameters[];
  /** Only for the estimate of what would cross between so many nodes. */
  readonly nodes: number;
  readonly verbose: number;
  readonly help: boolean;
  /** What the core does not know. */
  readonly rest: readonly string[];
}

const numbers = {
  "-steps": "steps",
  "-width": "width",
  "-radix": "radix",
  "-period": "period",
  "-fraction": "fraction",
  "-iter": "iterations",
  "-output": "outputBytes",
  "-scratch": "scratchBytes",
  "-sample": "samples",
  "-imbalance": "imbalance",
  "-field": "fields",
} as const;

const fractional: ReadonlySet<string> = new Set(["-fraction", "-imbalance"]);

/** @throws ParameterError */
export function parseOptions(args: readonly string[]): Options {
  const graphs: Parameters[] = [];
  let graph: { -readonly [K in keyof Parameters]: Parameters[K] } = { ...defaults };
  let nodes = 0;
  let verbose = 0;
  let help = false;
  let validate = true;
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const flag = args[i]!;
    const value = (): string => {
      const next = args[++i];
      if (next === undefined) throw new ParameterError(`${flag} needs a value`);
      return next;
    };
    if (flag in numbers) graph[numbers[flag as keyof typeof numbers]] = numberOf(flag, value(), fractional.has(flag));
    else if (flag === "-type") graph.pattern = patternOf(value());
    else if (flag === "-kernel") graph.kernel = kernelOf(value());
    else if (flag === "-and") {
      graphs.push(complete(graph));
      graph = { ...defaults, index: graphs.length };
    } else if (flag === "-nodes") nodes = numberOf(flag, value(), false);
    else if (flag === "-v" || flag === "-vv") verbose = flag.length - 1;
    else if (flag === "-h") help = true;
    else if (flag === "-skip-graph-validation") validate = false;
    else rest.push(flag);
  }
  graphs.push(complete(graph));
  if (validate) for (const it of graphs) checkGraph(new Graph(it));
  return { graphs, nodes, verbose, help, rest };
}

function numberOf(flag: string, text: string, fraction: boolean): number {
  const value = Number(text);
  const right = fraction ? Number.isFinite(value) : Number.isSafeInteger(value);
  if (text.trim() === "" || !right || value < 0) {
    throw new ParameterError(`${flag} is ${text}; it must be a ${fraction ? "number" : "whole number"} from 0 up`);
  }
  return value;
}

function patternOf(name: string): Parameters["pattern"] {
  if (name === "random_spread") {
    throw new ParameterError(
      "-type random_spread has a name but no definition: Task Bench declares it and never gives it dependences, so no result could be compared",
    );
  }
  return oneOf(patternNames, "-type", name);
}

function kernelOf(name: string): Parameters["kernel"] {
  if (name === "io_bound")
    throw new ParameterError("-kernel io_bound has a name but no definition: Task Bench never gives it a body");
  return oneOf(kernelNames, "-kernel", name);
}

function oneOf<T extends string>(names: readonly T[], flag: string, name: string): T {
  const found = names.find((it) => it === name);
  if (found === undefined) throw new ParameterError(`${flag} ${name} is not known; there are ${names.join(", ")}`);
  return found;
}

export const usage = `  -steps N       height of the graph (default ${defaults.steps})
  -width N       width of the graph (default ${defaults.width})
  -type NAME     ${patternNames.join(", ")} (default ${defaults.pattern})
  -radix N       dependences of a task in nearest, spread and random_nearest (default ${defaults.radix})
  -period N      dependence sets of spread and random_nearest (default 3)
  -fraction F    share of the window that random_nearest connects (default ${defaults.fraction})
  -kernel NAME   ${kernelNames.join(", ")} (default ${defaults.kernel})
  -iter N        iterations of the kernel (default ${defaults.iterations})
  -output N      bytes that each task puts out (default ${defaults.outputBytes})
  -scratch N     bytes of scratch memory for the memory kernels (default ${defaults.scratchBytes})
  -sample N      slices of the scratch memory (default ${defaults.samples})
  -imbalance F   how unequal the tasks of load_imbalance are, 0 to 2 (default ${defaults.imbalance})
  -field N       steps whose outputs are kept at a time (default: all)
  -and           begins another graph, which runs at the same time
  -nodes N       estimate what would cross between N nodes
  -v, -vv        print every task with what it depends on; -vv, what depends on it
  -h             this text`;
