import { EXIT } from "./exit-codes.ts";
import { type RuntimePort, type RuntimeStats, stopInTime } from "./runtime-port.ts";
import { counted } from "./text.ts";

/**
 * The first Ctrl-C or SIGTERM says what it interrupts, stops the workers and ends the process; the second ends it at once.
 * A program that handles the signal itself keeps it for itself.
 */
export function endOnSignals(runtime: RuntimePort, onInterrupt: () => void, report: () => void): void {
  let first = true;
  const handle = async (signal: "SIGINT" | "SIGTERM") => {
    if (process.listenerCount(signal) > 1) return;
    if (!first) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
      return;
    }
    first = false;
    onInterrupt();
    // Futures that fail because the runtime stops are no news.
    process.on("uncaughtException", () => {});
    const word = signal === "SIGINT" ? "Interrupted" : "Terminated";
    const again = signal === "SIGINT" ? " Ctrl-C again ends at once." : "";
    console.error(`\n${word}${unfinished(runtime.stats())}. Stopping the workers.${again}`);
    report();
    await stopInTime(runtime);
    process.exit(signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated);
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
}

function unfinished(stats: RuntimeStats | undefined): string {
  if (stats === undefined) return "";
  const open = Math.max(0, stats.spawned - stats.executed);
  return open === 0 ? " with no task running" : ` with ${counted(open, "task")} running or waiting`;
}
