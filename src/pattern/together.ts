import { CancelledError } from "../errors.ts";
import { finishHere } from "../sched/join.ts";
import { State } from "../sched/state.ts";

/**
 * Runs `body` with all that it spawns as one piece of work: the first failure cancels the rest, and is what is thrown. What was
 * cancelled for it, on another worker, may be heard of before the failure itself.
 */
export function together<T>(body: () => T): T {
  const { value, scope } = finishHere(body, false);
  const { failures } = scope;
  if (failures.length > 0) throw failures.find((it) => !(it instanceof CancelledError)) ?? failures[0];
  if (scope.state === State.CANCELLED) throw scope.reason;
  return value as T;
}
