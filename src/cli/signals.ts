import { EXIT } from "./exit-codes.ts";
import { haltInTime, type RuntimePort } from "./runtime-port.ts";
import { counted } from "./text.ts";

/**
 * The first Ctrl-C or SIGTERM says what it interrupts, ends the workers and then the process; the second ends the process at
 * once. A program that handles the signal itself keeps it for itself.
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
    // Futures that fail because the runtime ends are no news.
    process.on("uncaughtException", () => {});
    const word = signal === "SIGINT" ? "Interrupted" : "Terminated";
    const again = signal === "SIGINT" ? " Ctrl-C again ends at once." : "";
    console.error(`\n${word}${whileWaiting(runtime)}. Stopping the workers.${again}`);
    await haltInTime(runtime, `${word}.`);
    report();
    process.exit(signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated);
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
}

function whileWaiting(runtime: RuntimePort): string {
  const stats = runtime.stats();
  if (stats === undefined) return "";
  const out = runtime.outstanding();
  const begun = stats.executed === 0 ? "" : `; at least ${counted(stats.executed, "task")} had begun`;
  return (out === 0 ? " with no task running" : ` while main waited for ${counted(out, "task")}`) + begun;
}
