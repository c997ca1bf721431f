import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { detectLaunch } from "../net/mpi/launcher.ts";
import type { StealingTuning } from "../place/protocol/tuning.ts";
import { mainArguments } from "../task/main-arguments.ts";
import { type Dashboard, type DashboardOptions, openDashboard, shownTrace, wantsDashboard } from "./dashboard.ts";
import { type DirectOptions, direct } from "./direct.ts";
import { CommandError, EXIT } from "./exit-codes.ts";
import { failureText } from "./failure.ts";
import { refuseSeveral } from "./one-place.ts";
import { refuseOverwriting } from "./output-file.ts";
import { refuseOtherCopy } from "./own-copy.ts";
import { mainOf } from "./program.ts";
import { locateProgram } from "./program-file.ts";
import { defaultRuntime, haltInTime } from "./runtime-port.ts";
import { beSerialPlaces, FailureAtPlace, loadSerially, type SerialProgram } from "./serial-places.ts";
import { endOnSignals } from "./signals.ts";
import { statsTable } from "./stats-table.ts";
import { explain, explainOnSignals, watchStuck } from "./stuck.ts";
import { type Tracing, traceInto } from "./trace.ts";

export interface RunOptions extends DirectOptions, DashboardOptions {
  readonly workers?: number;
  readonly stats?: boolean;
  readonly rootOnly?: boolean;
  /** The file for a trace. */
  readonly trace?: string;
  /** Subtrees of tasks that take less (ns) are folded. */
  readonly traceDetail?: number;
  /** Nothing is said of the file: it is for another command. */
  readonly traceQuiet?: boolean;
  /** In milliseconds. */
  readonly watchStuck?: number;
  /** How places steal from each other. */
  readonly steal?: StealingTuning;
}

/**
 * Imports the program and calls its `main`. The process ends when nothing runs any more, as under plain `node`; the
 * exit code is the integer that `main` returned, or else `process.exitCode`.
 */
export async function run(path: string, args: string[], options: RunOptions): Promise<void> {
  const file = locateProgram(path);
  refuseOtherCopy(file);
  if (options.traceDetail !== undefined && options.trace === undefined && !wantsDashboard(options))
    throw new CommandError("--trace-detail says how much is drawn of a trace: it needs --trace or --dashboard.");
  if (options.trace !== undefined) refuseOverwriting("--trace", options.trace, "a trace");
  if (options.record !== undefined) refuseOverwriting("--record", options.record, "a record");
  if (options.workers !== undefined) process.env.HEDDLE_WORKERS = String(options.workers);
  if (options.watchStuck !== undefined) process.env.HEDDLE_SPAWN_SITES ??= "1";
  const launch = detectLaunch();
  const several = (options.places ?? 1) > 1 && process.env.HEDDLE_WORKERS === "0";
  if (process.env.HEDDLE_WORKERS === "0") {
    refuseSeveral(
      "Each place that a launcher starts needs workers. Serial mode runs all places in one process, in one thread: without the launcher, with --places and --workers 0.",
    );
  }
  if (launch !== undefined && launch.size > 1) {
    if (options.places !== undefined && options.places !== launch.size)
      throw new CommandError(`The launcher has started ${launch.size} places; leave --places out.`);
    const { args: given } = await direct(file, args, options, launch);
    const { runRank } = await import("./run-rank.ts");
    return runRank(file, given, launch, options);
  }
  const directed = await direct(file, args, options);
  if (directed.places > 1 && !several) {
    const { runPlaces } = await import("./run-places.ts");
    return runPlaces(file, directed, options);
  }
  if (several && options.trace !== undefined)
    throw new CommandError(
      "A trace knows no places in serial mode, where one thread is all of them: with --trace, leave --workers 0 or --places out.",
    );
  args = directed.args;
  process.argv = [process.argv[0], file, ...args];

  const places = several ? beSerialPlaces(options.places!, options.rootOnly === true) : null;
  let program: SerialProgram | null = null;
  const runtime = await defaultRuntime();
  const { tracing, dashboard } = await observe(file, options);
  let state: "importing" | "running" | "done" | "interrupted" = "importing";
  const interrupted = () => state === "interrupted";
  let reported = options.stats !== true;
  const report = () => {
    tracing?.finish(interrupted());
    if (reported) return;
    reported = true;
    console.error(`\n${statsTable(runtime.stats())}`);
  };

  // The serial scheduler keeps the main thread busy: a handler would only put off what the system does by itself.
  if (process.env.HEDDLE_WORKERS !== "0") endOnSignals(runtime, () => (state = "interrupted"), report);
  explainOnSignals(runtime);
  if (options.watchStuck !== undefined) watchStuck(runtime, options.watchStuck);
  process.once("exit", report);
  process.once("exit", (code) => dashboard?.ended(code, interrupted()));
  process.once("beforeExit", async () => {
    if (state === "importing" || state === "running") {
      const what = state === "running" ? `main${atPlaces(program)}` : "the program's top-level await";
      console.error(`Nothing runs any more, but ${what} has not ended: it waits for something that nobody will settle.`);
      process.exitCode = EXIT.failed;
      await explain(runtime);
    }
    await runtime.stop(); // so that the last figures are in
    report();
  });

  const fail = async (error: unknown, unobserved = false): Promise<never> => {
    const text =
      error instanceof FailureAtPlace
        ? failureText(error.error, unobserved, error.place)
        : failureText(error, unobserved, places?.here());
    console.error(text);
    dashboard?.failed(text);
    // As under plain `node`, an uncaught error ends the process, whatever else still runs.
    await haltInTime(runtime, "The program failed.");
    process.exit(EXIT.failed);
  };
  const uncaught = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void => {
    if (process.listenerCount("uncaughtException") > 1) return; // the program sees to it
    process.off("uncaughtException", uncaught); // what comes now is Node's to report
    if (!interrupted()) void fail(error, origin === "unhandledRejection");
  };
  process.on("uncaughtException", uncaught);

  try {
    if (places !== null) program = await loadSerially(file, places);
    const main = program === null ? mainOf(await import(pathToFileURL(file).href)) : program.mains[0];
    if (main === undefined) {
      hintAboutMain(file, runtime.stats() === undefined);
    } else {
      state = "running";
      const result = await (program === null ? main(mainArguments(args, 0, 1)) : program.start(args));
      if (Number.isInteger(result)) process.exitCode = result as number;
    }
    if (!interrupted()) state = "done";
  } catch (error) {
    if (!interrupted()) await fail(error);
  }
}

/** Traces the program, and shows it, as the options say. */
async function observe(file: string, options: RunOptions): Promise<{ tracing: Tracing | null; dashboard: Dashboard | null }> {
  const { trace, traceDetail, traceQuiet: hidden = false } = options;
  const isRead = wantsDashboard(options);
  const tracing = trace === undefined ? null : await traceInto(trace, file, traceDetail, { isRead, hidden });
  if (!wantsDashboard(options)) return { tracing, dashboard: null };
  const shown = await shownTrace(file, tracing, options);
  const dashboard = await openDashboard(file, options, shown);
  dashboard.host.followRuntimes(null);
  return { tracing: shown?.tracing ?? null, dashboard };
}

/** At which places `main` has not ended, where there are several. */
function atPlaces(program: SerialProgram | null): string {
  if (program === null) return "";
  const all = [...program.running];
  const some = all.slice(0, MOST_NAMED).join(", ");
  return all.length > MOST_NAMED
    ? ` at places ${some} and ${all.length - MOST_NAMED} more`
    : ` at place${all.length === 1 ? "" : "s"} ${some}`;
}

const MOST_NAMED = 8;

/** For a program without `main` that seems to want one. */
function hintAboutMain(file: string, spawnedNothing: boolean): void {
  const text = readFileSync(file, "utf8");
  if (text.includes("import.meta.main")) {
    console.error(
      "Note: heddle run imports the program, so import.meta.main is false in it. Export a function called main, or run it with node.",
    );
  } else if (spawnedNothing && /\btask\(\s*import\.meta\b/.test(text)) {
    console.error(
      "Note: the program defines tasks, but spawns none and exports no main. Export a function called main that does.",
    );
  }
}
