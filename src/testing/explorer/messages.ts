import type { Mutation } from "./hook.ts";

/** What the workers of an exploration tell the main thread. */
export type Message =
  | { readonly type: "ready" }
  | ({ readonly type: "trace" } & TraceEntry)
  | { readonly type: "stopped"; readonly failure: Failure }
  | { readonly type: "finished"; readonly complete: boolean };

export interface TraceEntry {
  readonly order: number;
  readonly step: number;
  readonly thread: number;
  readonly text: string;
  /** Function, file and line. */
  readonly place: string;
}

/**
 * Why an execution stopped: `error`, a thread threw; `check`, the check at the end threw; `deadlock`, every thread that has not ended
 * waits, so a wake-up was lost; `livelock`, the bound on steps was reached; `hang`, a thread computes without any atomic operation;
 * `mismatch`, the schedule does not fit the program.
 */
export type FailureKind = "error" | "check" | "deadlock" | "livelock" | "hang" | "mismatch";

export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string };
}

export function failureFrom(kind: FailureKind, prefix: string, thrown: unknown): Failure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return {
    kind,
    message: `${prefix}: ${error.message}`,
    error: { name: error.name, message: error.message, stack: error.stack ?? "" },
  };
}

/** What every worker of an exploration is started with. */
export interface WorkerInput {
  readonly control: SharedArrayBuffer;
  readonly memory: WebAssembly.Memory;
  readonly scenario: string;
  readonly name: string | undefined;
  readonly facade: string | undefined;
  readonly mutations: readonly Mutation[];
  /** The index of the virtual thread; one past the last is the conductor. */
  readonly index: number;
}
