import { Body, type TaskDefinition } from "./definition.ts";

const bodies: ((...args: never[]) => unknown)[] = [() => 0, () => 1, () => 2, () => 3, () => 4, () => 5];
/** After so many calls the engine takes notes at a call site. */
const CALLS = 50;

/**
 * Shows a function that calls bodies several of them, for each number of parameters, before the first task.
 *
 * Where V8 knows a single body at a call site it inlines that body, and through its spawns and joins the scheduler into itself, as far
 * as its limits go. In which order its other thread compiles these functions is chance, and so is what it makes of them: fib took 38 or 55 ns
 * a task on one machine, one or the other for the whole run. A site that has seen many bodies just calls: 38 ns every time.
 */
export function meetManyBodies(call: (def: TaskDefinition) => unknown): void {
  for (let arity = 0; arity <= 3; arity++) {
    for (const [order, fn] of bodies.entries()) {
      const def: TaskDefinition = { fn, body: Body.PLAIN, arity, name: "", url: "", order, hash: 0 };
      for (let i = 0; i < CALLS; i++) call(def);
    }
  }
}
