/** All goals of a report in one place. */
import type { BenchmarkResults } from "../main.ts";
import { figure } from "../tables.ts";
import type { Measurement } from "../task-bench/metg/measure.ts";
import { goalTable } from "./task-bench.ts";

export interface Goals {
  readonly met: number;
  readonly of: number;
  /** What does not meet its goals, a line each. */
  readonly unmet: readonly string[];
}

/** Of what benchmarks have printed, and of the sweeps together. */
export function goalsOf(benchmarks: readonly BenchmarkResults[], sweeps: Measurement | undefined): Goals {
  const unmet: string[] = [];
  let met = 0;
  let missedGoals = 0;
  for (const { metric, peer, value, unit, ratio, goal, ok } of benchmarks
    .flatMap((it) => it.benchmarks)
    .flatMap((it) => it.rows)) {
    if (ok === undefined) continue;
    if (ok) met++;
    else {
      missedGoals++;
      const found = ratio === undefined ? `${figure(value)} ${unit}` : `${figure(ratio)} x`;
      unmet.push(`${metric}${peer === undefined ? "" : `, against ${peer}`}: ${found}, goal ${goal}`);
    }
  }
  const [head, ...rows] = sweeps === undefined ? [[]] : goalTable(sweeps);
  for (const row of rows) {
    met += row.filter((cell) => cell === "met").length;
    const missed = head!.filter((_, column) => row[column] === "not met");
    missedGoals += missed.length;
    if (missed.length > 0) unmet.push(`Task Bench, ${row[0]}: ${row[1]}, against ${row[2]}, goals ${missed.join(", ")}`);
  }
  return { met, of: met + missedGoals, unmet };
}
