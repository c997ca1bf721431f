import type { RuntimeStats, WorkerStats } from "../task/runtime.ts";
import { table } from "./table.ts";
import { bytes, count, paint } from "./text.ts";

const COLUMNS = ["executed", "promoted", "stolen", "parked"] as const;

/** What `--stats` prints when the program has ended. */
export function statsTable(stats: RuntimeStats | undefined): string {
  if (stats === undefined) return "No runtime was started, so there are no figures: the program spawned no task.";
  const row = (name: string, figures: WorkerStats) => [name, ...COLUMNS.map((column) => count(figures[column]))];
  const rows = [["", ...COLUMNS].map((text) => paint("bold", text, process.stderr))];
  rows.push(...stats.perWorker.map((figures, i) => row(`worker ${i + 1}`, figures)));
  const main = rest(stats);
  if (COLUMNS.some((column) => main[column] > 0)) rows.push(row("main thread", main));
  rows.push(row("all", stats));
  const { used, peak, capacity } = stats.heap;
  return (
    table(rows, ["left", "right", "right", "right", "right"]) +
    `\n\nHeap: ${bytes(used)} in use at the end, ${bytes(peak)} at most, of ${bytes(capacity)}.` +
    (stats.workers === 0 ? "\nSerial mode: every task ran on the main thread." : "")
  );
}

// The sums count the main thread as well, which has no row of its own in the figures.
function rest(stats: RuntimeStats): WorkerStats {
  const left = { executed: 0, promoted: 0, stolen: 0, parked: 0 };
  for (const column of COLUMNS) left[column] = stats.perWorker.reduce((sum, figures) => sum - figures[column], stats[column]);
  return left;
}
