import { UsageError } from "../errors.ts";
import { Body, type TaskDefinition } from "../sched/definition.ts";
import { definitionOf, taskFor } from "../sched/registry.ts";
import { callerOf } from "../sched/spawn-site.ts";
import { compileLambda, nothingElse, type WayIn } from "../task/lambda/compile.ts";
import { lambdaDefinition } from "../task/spawn.ts";

/** A function that crosses to other threads as it is: a task, or a lambda that was checked. */
export type Shipped = (...args: unknown[]) => unknown;

/** The definition of a task or a closed lambda that was given as `what`, of any kind. */
export function shipDefinition(fn: unknown, what: string, callee: Function): TaskDefinition {
  if (typeof fn !== "function") {
    throw new UsageError(`${what} is ${fn === null ? "null" : typeof fn}; it must be a task or a lambda`);
  }
  return definitionOf(fn) ?? lambdaDefinition(compileLambda(fn, callee, wayInto(what)), () => callerOf(callee));
}

/** How a lambda that is given as `what`, such as "map: the function", gets further values. */
function wayInto(what: string): WayIn {
  const [name, part] = what.split(": ") as [string, string];
  if (/^(combine|identity|by|compare)$/.test(part)) return nothingElse(part);
  return (lambda, _given, missing) => {
    const more = missing.join(", ");
    const call =
      part === "map"
        ? `${name}(..., { ..., map: ${lambda} }, ${more})`
        : name === "mapStream"
          ? `${name}(..., ${lambda}, { args: [${more}] })`
          : name === "serial" || name === "parallel"
            ? `${name}(${lambda}, ${more})`
            : `${name}(..., ${lambda}, ${more})`;
    return `Name what it needs twice, as arguments and as parameters:\n  ${call}`;
  };
}

/**
 * A plain function that was given as `what`, ready to cross. `given` is how many arguments it will get.
 *
 * @throws UsageError `HEDDLE_USAGE` for anything else, for generator and async functions, and where it expects more arguments.
 * @throws LambdaError `HEDDLE_LAMBDA` for a lambda that uses variables from outside.
 */
export function ship(fn: unknown, what: string, given: number, callee: Function): Shipped {
  const def = shipDefinition(fn, what, callee);
  if (def.body !== Body.PLAIN) {
    throw new UsageError(
      `${what} (${def.name}) is ${def.body === Body.ASYNC ? "an async" : "a generator"} function. It is called in a loop that does not ` +
        "wait, so it must be plain. For work that waits use mapStream, or spawn tasks in a finish scope.",
    );
  }
  const { length } = fn as Function;
  if (length > given) {
    throw new UsageError(
      `${what} (${def.name}) has ${length} parameters, but gets ${given} argument${given === 1 ? "" : "s"}.` +
        (what.startsWith("parallelFor")
          ? " Write a domain of two dimensions as [[0, rows], [0, columns]]; [lo, hi] is a range."
          : ""),
    );
  }
  return taskFor(def) as Shipped;
}
