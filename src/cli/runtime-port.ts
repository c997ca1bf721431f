import { StoppedError } from "../errors.ts";
import type { Runtime, RuntimeStats } from "../task/runtime.ts";

/** What the command line needs of the process's default runtime. */
export interface RuntimePort {
  /** Undefined when no runtime was started. After a stop: the last figures. */
  stats(): RuntimeStats | undefined;
  /** How many tasks the main thread has spawned and not heard of again. */
  outstanding(): number;
  /** The runtime itself; undefined when none was started. */
  started(): Runtime | undefined;
  /** Waits for the tasks that are out, then ends the workers. */
  stop(): Promise<void>;
  /** Fails the tasks that are out, and ends the workers, wherever they are. */
  halt(reason: string): Promise<void>;
}

/** Loaded only when a program runs: `help` and `info` need no runtime. */
export async function defaultRuntime(): Promise<RuntimePort> {
  await import("../index.ts"); // which also tells the runtime that it is on Node
  const { startedRuntime } = await import("../task/runtime.ts");
  let last: Runtime | null = null;
  const runtime = () => (last = startedRuntime() ?? last);
  const stop = async () => runtime()?.stop();
  return {
    stats: () => runtime()?.stats(),
    started: () => runtime() ?? undefined,
    outstanding: () => runtime()?.client?.outstanding ?? 0,
    stop,
    halt(reason) {
      runtime()?.client?.stop(new StoppedError(reason));
      return stop();
    },
  };
}

const HALT_LIMIT_MS = 3000;

/** Halts the runtime, but takes no longer than a user would wait: the process is about to end anyway. */
export async function haltInTime(runtime: RuntimePort, reason: string): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, HALT_LIMIT_MS));
  await Promise.race([runtime.halt(reason).catch(() => {}), late]);
}
