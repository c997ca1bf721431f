import { HeddleError } from "../../errors.ts";
import type { Failure, FailureKind, TraceEntry } from "./messages.ts";
import { formatTrace } from "./trace.ts";

const LAST_LINES = 60;

export interface ExplorationDetails {
  readonly scenario: string;
  readonly strategy: string;
  readonly seed: number;
  readonly execution: number;
  readonly schedule: string;
  /** Options of the exploration, as text, each followed by a comma. */
  readonly options: string;
  readonly failure: Failure;
  readonly trace: readonly TraceEntry[];
  /** What the same schedule led to when it was run once more. */
  readonly repeated: boolean;
}

/**
 * An exploration found a failure. The message holds what went wrong, the seed, the schedule and the last operations; `replay: schedule`
 * in the options of `explore` runs precisely this interleaving again. `cause` is what the thread or the check threw.
 */
export class ExplorationError extends HeddleError {
  override readonly code = "HEDDLE_EXPLORATION";
  override name = "ExplorationError";
  readonly kind: FailureKind;
  readonly strategy: string;
  readonly seed: number;
  /** The execution that failed, counted from 1. */
  readonly execution: number;
  /** The order of the threads, as in `a3ba`: three steps of the first thread, one of the second, one of the first. */
  readonly schedule: string;
  /** The operations of the failing execution; what repeats is told once. */
  readonly trace: readonly string[];
  /** False if the same schedule did not lead to the same failure again: the scenario depends on more than its schedule. */
  readonly repeated: boolean;

  constructor(details: ExplorationDetails) {
    const { failure, strategy, seed, execution, schedule, repeated } = details;
    const trace = formatTrace(details.trace);
    super(
      [
        `${failure.kind}: ${failure.message}`,
        `  scenario  ${details.scenario}`,
        `  found by  ${strategy}, seed ${seed}, execution ${execution}`,
        `  schedule  ${schedule}`,
        `  repeat    explore(scenario, { ${details.options}replay: "${schedule}" })`,
        ...(repeated ? [] : ["  The same schedule did not fail again: the scenario depends on something besides its schedule."]),
        `  ${trace.length > LAST_LINES ? `the end of the operations, ${LAST_LINES} of ${trace.length} lines` : "operations"}`,
        ...trace.slice(-LAST_LINES),
      ].join("\n"),
      failure.error ? { cause: causeOf(failure.error) } : undefined,
    );
    this.kind = failure.kind;
    this.strategy = strategy;
    this.seed = seed;
    this.execution = execution;
    this.schedule = schedule;
    this.trace = trace;
    this.repeated = repeated;
  }
}

function causeOf({ name, message, stack }: NonNullable<Failure["error"]>): Error {
  const cause = new Error(message);
  cause.name = name;
  cause.stack = stack;
  return cause;
}
