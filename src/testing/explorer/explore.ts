import { UsageError } from "../../errors.ts";
import { PAGE_BYTES } from "../../shared/memory.ts";
import { chooseSeed, integerFromEnvironment } from "../seed.ts";
import { type Control, createControl, MAX_THREADS, Strategies, Timeouts, Word } from "./control.ts";
import { ExplorationError } from "./exploration-error.ts";
import type { Mutation } from "./hook.ts";
import { type Outcome, type PoolInput, runPool } from "./pool.ts";
import { loadScenario, type Scenario } from "./scenario.ts";
import { decodeSchedule, encodeSchedule } from "./schedule.ts";
import { sharedRandom } from "./strategies/random.ts";

export interface ExploreOptions {
  /** The export of the module that is the scenario; without it, the module itself. */
  readonly name?: string;
  /**
   * `random` (the default) gives each step to any thread; `pct` runs by random priorities with few changes, which finds rare orders in
   * long runs; `mixed` takes both in turn; `dfs` enumerates.
   */
  readonly strategy?: "random" | "pct" | "mixed" | "dfs";
  /** How many executions at most: 1,000 unless given, 100,000 for `dfs`. HEDDLE_EXECUTIONS overrides it, except for `dfs`. */
  readonly executions?: number;
  /** An integer of 32 bits. HEDDLE_SEED overrides it; without either it is made from the clock. */
  readonly seed?: number;
  /** For `dfs`: how many preemptions an execution may have; 2 unless given, `Infinity` for all interleavings. */
  readonly preemptions?: number;
  /** For `pct` and `mixed`: the depth of the bugs that are looked for, 1 to 16; 3 unless given. */
  readonly depth?: number;
  /** An execution with more steps counts as a livelock; 5,000 unless given. */
  readonly steps?: number;
  /** Whether a wait with a time limit ends by itself: `idle` (the default), only when nothing else can run; `never`; `any`, at any time. */
  readonly timeouts?: keyof typeof Timeouts;
  /** Whether reading or writing an element of the memory's views without the facade is a step as well; false unless given. */
  readonly plain?: boolean;
  /** Runs one execution with the schedule that a failure printed. */
  readonly replay?: string;
  /** One more module that is replaced by the explorer's atomics: it exports functions of the names and types of `Atomics`. */
  readonly facade?: URL | string;
  /** Changes to modules under test, to show that the scenario notices them. */
  readonly mutations?: readonly Mutation[];
  /** A thread that computes so long without an atomic operation counts as hung; 10,000 unless given. */
  readonly hangMilliseconds?: number;
}

export interface ExploreReport {
  readonly strategy: string;
  readonly seed: number;
  readonly executions: number;
  /** True if there was nothing left to explore: only `dfs` can know. */
  readonly complete: boolean;
  /** Steps of the longest execution. */
  readonly longest: number;
  /** Waits that ended by their time limit. */
  readonly timeouts: number;
  readonly milliseconds: number;
  /** The order of the threads in the last execution. */
  readonly schedule: string;
}

/**
 * Runs the threads of a scenario under many interleavings, one atomic operation at a time.
 *
 * @param scenario URL of the module, as in `new URL("./queue.scenario.ts", import.meta.url)`
 * @throws ExplorationError (HEDDLE_EXPLORATION) when a thread or the check throws, when a wake-up is lost, or when the threads never
 * end; it holds the schedule, which `replay` runs again
 * @throws UsageError (HEDDLE_USAGE) for an option out of its range, a module that is no scenario, a schedule that cannot be read
 */
export async function explore(scenario: URL | string, options: ExploreOptions = {}): Promise<ExploreReport> {
  checkRanges(options);
  const seed = chooseSeed(options.seed);
  const url = String(scenario);
  const definition = await loadScenario(url, options.name);
  const started = performance.now();
  const strategy = options.replay === undefined ? (options.strategy ?? "random") : "replay";

  const control = prepare(definition, options, seed, options.replay);
  const outcome = await runPool(poolInput(control, url, definition, options));
  const { words } = control;
  const schedule = encodeSchedule(control.choices.subarray(0, words[Word.STEP]));
  if (outcome.type === "finished") {
    return {
      strategy,
      seed,
      executions: words[Word.EXECUTION]!,
      complete: outcome.complete,
      longest: words[Word.LONGEST]!,
      timeouts: words[Word.TIMEOUTS_FIRED]!,
      milliseconds: performance.now() - started,
      schedule,
    };
  }
  const again = strategy === "replay" ? outcome : await repeat(url, definition, options, seed, schedule);
  const repeated = again.type === "stopped" && again.failure.message === outcome.failure.message;
  throw new ExplorationError({
    scenario: options.name === undefined ? url : `${options.name} of ${url}`,
    strategy,
    seed,
    execution: words[Word.EXECUTION]!,
    schedule,
    options: optionsToRepeat(options),
    failure: outcome.failure,
    trace: again.trace,
    repeated,
  });
}

/** What a replay needs beside the schedule. */
function optionsToRepeat({ name, timeouts, steps, plain }: ExploreOptions): string {
  const given = Object.entries({ name, timeouts, steps, plain }).filter(([, value]) => value !== undefined);
  return given.map(([key, value]) => `${key}: ${JSON.stringify(value)}, `).join("");
}

/** The failing schedule once more, this time with every operation recorded. */
function repeat(url: string, definition: Scenario, options: ExploreOptions, seed: number, schedule: string): Promise<Outcome> {
  return runPool(poolInput(prepare(definition, options, seed, schedule), url, definition, options));
}

function poolInput(control: Control, scenario: string, definition: Scenario, options: ExploreOptions): PoolInput {
  return {
    control,
    scenario,
    name: options.name,
    facade: options.facade === undefined ? undefined : String(options.facade),
    mutations: (options.mutations ?? []).map((mutation) => ({ ...mutation, module: String(mutation.module) })),
    memoryBytes: definition.memoryBytes ?? PAGE_BYTES,
    hangMilliseconds: options.hangMilliseconds ?? 10_000,
  };
}

function prepare(definition: Scenario, options: ExploreOptions, seed: number, replay: string | undefined): Control {
  const strategy = options.strategy ?? "random";
  const control = createControl(options.steps ?? 5000);
  const { words } = control;
  words[Word.THREADS] = definition.threads.length;
  words[Word.TIMEOUTS] = Timeouts[options.timeouts ?? "idle"];
  words[Word.PLAIN] = options.plain === true ? 1 : 0;
  words[Word.DEPTH] = options.depth ?? 3;
  words[Word.PREEMPTIONS] = Number.isFinite(options.preemptions ?? 2) ? (options.preemptions ?? 2) : -1;
  sharedRandom(control).reseed(seed);
  if (replay === undefined) {
    const asked = options.executions ?? (strategy === "dfs" ? 100_000 : 1000);
    words[Word.STRATEGY] = Strategies[strategy];
    words[Word.EXECUTIONS] = strategy === "dfs" ? asked : (integerFromEnvironment("HEDDLE_EXECUTIONS") ?? asked);
  } else {
    const choices = decodeSchedule(replay);
    control.choices.set(choices.slice(0, control.choices.length));
    words[Word.PREFIX] = choices.length;
    words[Word.STRATEGY] = Strategies.replay;
    words[Word.EXECUTIONS] = 1;
    words[Word.RECORD] = 1;
  }
  return control;
}

function checkRanges(options: ExploreOptions): void {
  const ranges: [keyof ExploreOptions, number, number][] = [
    ["executions", 1, 2 ** 31 - 1],
    ["seed", 0, 2 ** 32 - 1],
    ["depth", 1, MAX_THREADS],
    ["steps", 1, 1_000_000],
    ["hangMilliseconds", 1, 2 ** 31 - 1],
  ];
  for (const [name, low, high] of ranges) {
    const value = options[name];
    if (value === undefined || (Number.isInteger(value) && (value as number) >= low && (value as number) <= high)) continue;
    throw new UsageError(`${name}: ${String(value)} is no integer from ${low} to ${high}`);
  }
  const { preemptions = 2 } = options;
  if (!(preemptions >= 0)) throw new UsageError(`preemptions: ${preemptions} is neither a count nor Infinity`);
}
