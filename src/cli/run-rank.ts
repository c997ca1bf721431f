import { basename } from "node:path";
import { stripVTControlCharacters } from "node:util";
import "../index.ts";
import { fingerprint } from "../net/fingerprint.ts";
import type { Launch } from "../net/mpi/launcher.ts";
import type { RelayStart } from "../net/relay.ts";
import type { PlaceHome } from "../place/home.ts";
import { type Dashboard, makeRelay, openDashboard, shownTrace, wantsDashboard } from "./dashboard.ts";
import { EXIT } from "./exit-codes.ts";
import { runPlace } from "./place-program.ts";
import { isCrowded, ranksOnMyCores, workersOfPlace } from "./place-workers.ts";
import type { RunOptions } from "./run.ts";
import { defaultRuntime } from "./runtime-port.ts";
import { explainOnSignals } from "./stuck.ts";
import { type OwnPlace, type Tracing, traceInto } from "./trace.ts";
import { version } from "./version.ts";

/** How long (ms) the launcher has to end a job that was aborted, before this process ends by itself. */
const ABORT_LIMIT_MS = 3000;

/** Runs a program in this process as one rank of an MPI job. */
export async function runRank(file: string, args: readonly string[], { rank, size }: Launch, options: RunOptions): Promise<void> {
  const ranks = ranksOnMyCores();
  const workers = workersOfPlace(ranks);
  const program = {
    file,
    args,
    workers,
    crowded: isCrowded(ranks, workers),
    place: rank,
    places: size,
    stats: options.stats === true,
    watchStuck: options.watchStuck,
    stealing: options.steal,
    rootOnly: options.rootOnly === true,
  };
  const port = await defaultRuntime();
  explainOnSignals(port);
  let interrupted = false;
  const own = { place: rank, places: size };
  const { tracing, dashboard, relay } = await observe(file, options, own);
  process.once("exit", () => tracing?.finish(interrupted));
  process.once("exit", (code) => dashboard?.ended(code, interrupted));
  for (const [signal, code] of [
    ["SIGINT", EXIT.interrupted],
    ["SIGTERM", EXIT.terminated],
  ] as const) {
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      interrupted = true;
      process.exit(code);
    });
  }
  const facts = {
    heddle: version(),
    Node: process.versions.node.split(".")[0]!,
    [`program ${basename(file)}`]: fingerprint(file),
  };
  const run = runPlace(
    program,
    { transport: { kind: "mpi", workers, places: size }, facts, relay },
    {
      failed(text, home, error) {
        if (home !== null && !isMismatch(error)) dashboard?.host.abort(stripVTControlCharacters(text), rank, EXIT.failed);
        failed(text, home, rank, error);
      },
    },
  );
  port.started(); // it is to be asked about also when main here has ended
  const { exitCode, stats } = await run;
  tracing?.finish(false);
  if (stats !== undefined) console.error(`\nPlace ${rank}\n${stats}`);
  process.exit(exitCode);
}

interface Observed {
  readonly tracing: Tracing | null;
  readonly dashboard: Dashboard | null;
  readonly relay: RelayStart | undefined;
}

/** Traces this place, and shows it or tells place 0 what there is to see, as the options say. */
async function observe(file: string, options: RunOptions, own: OwnPlace): Promise<Observed> {
  const { trace, traceDetail } = options;
  const isRead = wantsDashboard(options);
  const tracing = trace === undefined ? null : await traceInto(trace, file, traceDetail, { own, isRead });
  if (!isRead) return { tracing, dashboard: null, relay: undefined };
  const shown = await shownTrace(file, tracing, options, { own });
  const relay = makeRelay();
  const dashboard = await openDashboard(file, options, shown, { places: own.places, rank: { place: own.place, relay } });
  dashboard.host.followRuntimes(own.place);
  return { tracing: shown?.tracing ?? null, dashboard, relay };
}

const isMismatch = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === "HEDDLE_PLACE_MISMATCH";

function failed(text: string, home: PlaceHome | null, place: number, error: unknown): void {
  // All places hear of a mismatch, and the launcher of the others ends this one.
  const known = isMismatch(error) && place !== 0;
  if (!known) console.error(text);
  else if (home !== null) return void setTimeout(() => process.exit(EXIT.failed), ABORT_LIMIT_MS);
  home?.abort(EXIT.failed);
  setTimeout(() => process.exit(EXIT.failed), home === null ? 0 : ABORT_LIMIT_MS);
}
