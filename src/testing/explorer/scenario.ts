import { UsageError } from "../../errors.ts";
import type { SharedMemory } from "../../shared/memory.ts";
import { MAX_THREADS } from "./control.ts";

/**
 * One virtual thread. `setup` is what the scenario's `setup` returned, copied; `note` adds a line to the trace. What it returns is handed to
 * `check`. An async body may wait on `waitAsync` of the facade, and on nothing else from outside.
 */
export type ThreadBody<S, R> = (memory: SharedMemory, setup: S, note: (text: string) => void) => R | Promise<R>;

/**
 * A small program over shared memory whose interleavings are explored. Every virtual thread imports its module, so the module must be safe to
 * import. Each execution starts with a memory of zeros.
 */
export interface Scenario<S = unknown, R = unknown> {
  /** Size of the shared memory, 65,536 unless given. It is cleared before each execution, so the smaller the faster. */
  readonly memoryBytes?: number;
  /** Runs alone at the start of each execution. Returns plain data. */
  setup?(memory: SharedMemory): S;
  readonly threads: readonly ThreadBody<S, R>[];
  /** Runs alone when all threads have ended; throws if something is wrong. `results` holds what each thread returned. */
  check?(memory: SharedMemory, results: R[], setup: S): void;
  /** A name for a word of the memory, in traces. */
  nameOf?(word: number): string | undefined;
}

/** Returns `definition`; gives its functions their types. */
export function scenario<S = undefined, R = unknown>(definition: Scenario<S, R>): Scenario<S, R> {
  return definition;
}

/** The module itself, or its export `name`. */
export function loadScenario(url: string, name: string | undefined): Promise<Scenario> {
  // Not by `await`: then this module would be among the callers of the scenario's top level, where tasks may be defined.
  return import(url).then((module: Record<string, unknown>) => checked(module, url, name));
}

function checked(module: Record<string, unknown>, url: string, name: string | undefined): Scenario {
  const found = (name === undefined ? module : module[name]) as Partial<Scenario> | undefined;
  const label = name === undefined ? url : `export "${name}" of ${url}`;
  if (!Array.isArray(found?.threads)) throw new UsageError(`${label} is no scenario: it has no array "threads"`);
  if (found.threads.length < 1 || found.threads.length > MAX_THREADS) {
    throw new UsageError(`${label} has ${found.threads.length} threads: expected 1 to ${MAX_THREADS}`);
  }
  return found as Scenario;
}
