import { UsageError } from "../errors.ts";
import { tracer } from "../sched/tracing.ts";

/**
 * Marks this moment in the trace, in the thread and the task that call it. Does nothing where the program is not traced
 * (`heddle run --trace`). Never blocks.
 *
 * @throws UsageError `HEDDLE_USAGE` for a name that is no text.
 */
export function mark(name: string): void {
  check("mark", name);
  tracer.mark(name);
}

/**
 * Runs `body` and returns its value; in the trace, the time that it takes is drawn under this name. Where `body` returns a promise or a
 * future, the span ends when that is settled. Costs nothing but the call where the program is not traced. Blocks as long as `body` does.
 *
 * @throws UsageError `HEDDLE_USAGE` for a name that is no text; what `body` throws.
 */
export function span<T>(name: string, body: () => T): T {
  check("span", name);
  return tracer.span(name, body);
}

function check(what: string, name: unknown): void {
  if (typeof name !== "string" || name === "") throw new UsageError(`${what}: the name must be a text that is not empty`);
}
