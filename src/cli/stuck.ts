import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { add } from "../shared/atomics.ts";
import type { Runtime } from "../task/runtime.ts";
import type { RuntimePort } from "./runtime-port.ts";
import type { WatchdogStart } from "./stuck-watchdog.ts";

// The runtime's modules are loaded only when a program runs: `help` and `info` need none of them.
const loadExplainer = () => import("../stuck/why-stuck.ts");

/** Prints who waits for what, if anybody does. */
export async function explain(runtime: RuntimePort, heading?: string): Promise<void> {
  const { whyStuckOf } = await loadExplainer();
  const started = runtime.started();
  if (started === undefined) return;
  const why = await whyStuckOf(started);
  if (why.verdict !== "idle") print(heading, String(why));
  else if (heading !== undefined) print(heading, "Nobody waits for anything of heddle.");
}

async function explainSignal(runtime: RuntimePort, heading: string): Promise<void> {
  const started = runtime.started();
  if (started === undefined || started.client === null) return explain(runtime, heading);
  const { whyStuckBySignal } = await loadExplainer();
  const why = await whyStuckBySignal(started);
  if (why !== null) print(heading, why.verdict === "idle" ? "Nobody waits for anything of heddle." : String(why));
}

export const print = (heading: string | undefined, text: string): void =>
  void writeSync(2, `${heading === undefined ? "" : `\nheddle: ${heading}\n`}${text}\n`);

/** SIGUSR2, and with workers SIGQUIT (Ctrl-\), print who waits for what. A program that handles the signal itself keeps it for itself. */
export function explainOnSignals(runtime: RuntimePort): void {
  if (process.platform === "win32") return;
  const serial = process.env.HEDDLE_WORKERS === "0";
  // The serial scheduler keeps the main thread busy: a handler of SIGQUIT would only keep the system from ending the process.
  const signals: NodeJS.Signals[] = serial ? ["SIGUSR2"] : ["SIGUSR2", "SIGQUIT"];
  for (const signal of signals) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) void explainSignal(runtime, `${signal}: who waits for what`);
    });
  }
}

const LOOKS = 4;
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/**
 * Looks now and then whether anything has begun or ended, and says once for each standstill who waits for what. A second thread does so for the
 * main thread, which may be busy in a loop without end.
 */
export function watchStuck(port: RuntimePort, limit: number): void {
  let beat = performance.now();
  void Promise.all([loadExplainer(), import("../stuck/watch.ts")]).then(([{ whyStuckHere }, { StallWatch, progressOf }]) => {
    const idle = new StallWatch(limit);
    const busy = new StallWatch(limit);
    let asking = false;
    const looks = new Int32Array(new SharedArrayBuffer(4));
    const look = async (): Promise<void> => {
      beat = performance.now();
      add(looks, 0, 1);
      const runtime = port.started();
      if (runtime === undefined || asking) return;
      const stalled = idle.look(progressOf(runtime), beat);
      if (stalled === 0) return;
      asking = true;
      await explain(port, `nothing has begun or ended for ${seconds(stalled)}`).catch(() => {});
      setTimeout(() => {
        idle.accept(progressOf(runtime));
        asking = false;
      }, SETTLED_MS).unref();
    };
    setInterval(() => void look(), limit / LOOKS).unref();
    // Called in the midst of whatever the main thread does: reads, and prints.
    const lookAtMain = (): void => {
      const runtime = port.started();
      const now = performance.now();
      if (runtime === undefined || now - beat < limit) return;
      const stalled = busy.look(runtime.client === null ? progressOf(runtime) : String(beat), now);
      if (stalled === 0) return;
      print(mainIsBusy(runtime, now - beat, stalled), String(whyStuckHere(runtime, true)));
    };
    Object.defineProperty(globalThis, Symbol.for("heddle.watch"), { value: lookAtMain });
    const entry = new URL(import.meta.url.endsWith(".ts") ? "stuck-watchdog.ts" : "stuck-watchdog.js", import.meta.url);
    const workerData: WatchdogStart = { every: limit / LOOKS, looks };
    new Worker(entry, { workerData, name: "heddle-watch" }).on("error", () => {}).unref();
  });
}

/** How long (ms) workers that were asked take to lie down again. */
export const SETTLED_MS = 200;

function mainIsBusy(runtime: Runtime, busy: number, stalled: number): string {
  if (runtime.client === null) return `nothing has begun or ended for ${seconds(stalled)}`;
  return `the main thread has been busy for ${seconds(busy)}, and hears of nothing meanwhile`;
}
