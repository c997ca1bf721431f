/** Which of heddle's own tasks belong to loops: in traces those are known by where the loop was called. */
import type { TaskDefinition } from "./definition.ts";
import { definitionOf } from "./registry.ts";

const known = new WeakSet<TaskDefinition>();

/** Their functions must not look at more arguments than they name: a traced thread adds one. */
export function belongToLoops(...tasks: readonly object[]): void {
  for (const it of tasks) known.add(definitionOf(it)!);
}

export const belongsToLoop = (def: TaskDefinition): boolean => known.has(def);
