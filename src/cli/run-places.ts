import { Worker } from "node:worker_threads";
import "../index.ts";
import { createLoopback, LoopbackControl, type LoopbackWorld } from "../net/loopback/world.ts";
import { parkWordOf, slotsOf } from "../place/home.ts";
import type { Reel } from "../replay/reel.ts";
import { attachMemory } from "../shared/memory.ts";
import { reserveMemory } from "../task/runtime.ts";
import { type Dashboard, openDashboard, shownTrace, wantsDashboard } from "./dashboard.ts";
import type { Directed } from "./direct.ts";
import { CommandError, EXIT } from "./exit-codes.ts";
import { type PlaceProgram, runPlace } from "./place-program.ts";
import type { PlaceNews, PlaceThreadStart } from "./place-thread.ts";
import { isCrowded, workersOfPlace } from "./place-workers.ts";
import type { RunOptions } from "./run.ts";
import { defaultRuntime } from "./runtime-port.ts";
import { slowLoopback } from "./slow-loopback.ts";
import { explainOnSignals } from "./stuck.ts";
import { type Tracing, traceInto } from "./trace.ts";

const entry = (): URL => new URL(import.meta.url.endsWith(".ts") ? "./place-thread.ts" : "./place-thread.js", import.meta.url);

/** Between any two places lies a ring of memory, and each place has threads of its own. */
const MOST_PLACES = 128;

/** Runs a program on several places inside this process: place 0 in this thread, each other one in a thread of its own. */
export async function runPlaces(file: string, { args, places, reels }: Directed, options: RunOptions): Promise<void> {
  if (places > MOST_PLACES)
    throw new CommandError(
      `${places} places do not fit into one process: ${MOST_PLACES} at most. mpirun runs more, each in a process of its own.`,
    );
  const workers = workersOfPlace(places);
  const crowded = isCrowded(places, workers);
  const { watchStuck, steal } = options;
  const how = {
    workers,
    crowded,
    watchStuck,
    stealing: steal,
    stats: options.stats === true,
    rootOnly: options.rootOnly === true,
  };
  const shared = { file, args, places, ...how };
  const memories = Array.from({ length: places }, () => reserveMemory(undefined, slotsOf(workers)).memory);
  const world = createLoopback({ memories, parkWords: memories.map(() => parkWordOf(workers)), ...slowLoopback() });
  const port = await defaultRuntime();
  explainOnSignals(port);
  let interrupted = false;
  endOnSignals(() => {
    interrupted = true;
  });
  const { tracing, dashboard } = await observe(file, options, places);
  process.once("exit", () => tracing?.finish(interrupted));
  process.once("exit", (code) => dashboard?.ended(code, interrupted));
  const endAll = (text: string, place: number): void => {
    console.error(text);
    dashboard?.failed(text, place);
    // What other places have printed so far is on its way to this thread.
    setImmediate(() => setImmediate(() => process.exit(EXIT.failed)));
  };
  const startPlace = (place: number): Promise<Ended> =>
    startPlaceThread({ ...shared, place }, reels?.[place], world, { tracing, dashboard }, endAll);
  const others = Array.from({ length: places - 1 }, (_, i) => startPlace(i + 1));
  const run = runPlace(
    { ...shared, place: 0 },
    { transport: { kind: "loopback", world }, memory: attachMemory(memories[0]!) },
    { failed: (text) => endAll(text, 0) },
  );
  port.started(); // it is to be asked about also when main here has ended
  const ends = [await run, ...(await Promise.all(others))];
  tracing?.finish(false);
  for (const [place, { stats }] of ends.entries()) if (stats !== undefined) console.error(`\nPlace ${place}\n${stats}`);
  process.exitCode = ends.find(({ exitCode }) => exitCode !== EXIT.ok)?.exitCode ?? EXIT.ok;
}

interface Observed {
  readonly tracing: Tracing | null;
  readonly dashboard: Dashboard | null;
}

/** Traces all places, and shows them, as the options say. */
async function observe(file: string, options: RunOptions, places: number): Promise<Observed> {
  const { trace, traceDetail, traceQuiet: hidden = false } = options;
  const isRead = wantsDashboard(options);
  const tracing = trace === undefined ? null : await traceInto(trace, file, traceDetail, { places, isRead, hidden });
  if (!isRead) return { tracing, dashboard: null };
  const shown = await shownTrace(file, tracing, options, { places });
  const dashboard = await openDashboard(file, options, shown, { places });
  dashboard.host.followRuntimes(0);
  return { tracing: shown?.tracing ?? null, dashboard };
}

interface Ended {
  readonly exitCode: number;
  readonly stats: string | undefined;
}

/** Resolves when the thread has ended. */
function startPlaceThread(
  program: PlaceProgram,
  reel: Reel | undefined,
  world: LoopbackWorld,
  { tracing, dashboard }: Observed,
  endAll: (text: string, place: number) => void,
): Promise<Ended> {
  const { place } = program;
  const trace = tracing?.invite(place);
  const shown = dashboard?.host.invite();
  const thread = new Worker(entry(), {
    workerData: { heddlePlace: { program, reel, world, trace, shown } satisfies PlaceThreadStart },
    transferList: [trace?.port, shown].filter((it) => it !== undefined),
    name: `heddle-place-${place}`,
  });
  let end: Ended | undefined;
  thread.on("message", (news: PlaceNews) => {
    if ("failed" in news) endAll(news.failed, place);
    else {
      end = news;
    }
  });
  let error: unknown;
  thread.on("error", (it) => {
    error = it;
  });
  return new Promise((resolve) => {
    thread.on("exit", (code) => {
      if (end === undefined) {
        const why = error instanceof Error ? error.message : `its thread ended with exit code ${code}`;
        console.error(`Place ${place} is gone: ${why}.`);
        dashboard?.host.lose(place, `The place is gone: ${why}.`);
        new LoopbackControl(world).lose(place);
      }
      resolve({ exitCode: end?.exitCode || code || (end === undefined ? EXIT.failed : EXIT.ok), stats: end?.stats });
    });
  });
}

/** The first Ctrl-C or SIGTERM ends all places. A program that handles the signal itself keeps it for itself. */
function endOnSignals(onInterrupt: () => void): void {
  for (const [signal, code, word] of [
    ["SIGINT", EXIT.interrupted, "Interrupted"],
    ["SIGTERM", EXIT.terminated, "Terminated"],
  ] as const) {
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      onInterrupt();
      console.error(`\n${word}. All places end.`);
      process.exit(code);
    });
  }
}
