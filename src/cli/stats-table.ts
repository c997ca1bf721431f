import type { RuntimeStats, WorkerCounters } from "./runtime-port.ts";
import { table } from "./table.ts";
import { bytes, count, paint } from "./text.ts";

const COLUMNS = ["spawned", "executed", "promoted", "stolen", "parked"] as const;

/** What `--stats` prints when the program has ended. */
export function statsTable(stats: RuntimeStats | undefined): string {
  if (stats === undefined) return "No runtime was started, so there are no figures: the program spawned no task.";
  const row = (name: string, counters: WorkerCounters) => [name, ...COLUMNS.map((column) => count(counters[column]))];
  const bold = (text: string) => paint("bold", text, process.stderr);
  const rows = [["worker", ...COLUMNS].map(bold), ...stats.perWorker.map((counters, i) => row(String(i), counters))];
  if (stats.perWorker.length !== 1) rows.push(row("all", stats));
  const { used, peak, capacity } = stats.heap;
  return (
    table(rows, ["left", "right", "right", "right", "right", "right"]) +
    `\n\nHeap: ${bytes(used)} in use at the end, ${bytes(peak)} at most, of ${bytes(capacity)}.` +
    (stats.workers === 0 ? "\nSerial mode: every task ran on the main thread." : "")
  );
}
