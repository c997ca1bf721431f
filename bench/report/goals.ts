/** All goals of a report in one place. */
import type { BenchmarkResults } from "../main.ts";
import { figure } from "../tables.ts";
import type { Measurement } from "../task-bench/metg/measure.ts";
import { goalTable } from "./task-bench.ts";

export interface Goals {
  readonly met: number;
  /** A line for each goal that is not. */
  readonly unmet: readonly string[];
}

/** Of what benchmarks have printed, and of the sweeps together. */
export function goalsOf(benchmarks: readonly BenchmarkResults[], sweeps: Measurement | undefined): Goals {
  const unmet: string[] = [];
  let met = 0;
  for (const { metric, peer, value, unit, ratio, goal, ok } of benchmarks
    .flatMap((it) => it.benchmarks)
    .flatMap((it) => it.rows)) {
    if (ok === undefined) continue;
    if (ok) met++;
    else {
      const found = ratio === undefined ? `${figure(value)} ${unit}` : `${figure(ratio)} x`;
      unmet.push(`${metric}${peer === undefined ? "" : `, against ${peer}`}: ${found}, goal ${goal}`);
    }
  }
  const [head, ...rows] = sweeps === undefined ? [[]] : goalTable(sweeps);
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      if (cell === "met") met++;
      else if (cell === "not met") unmet.push(`Task Bench, ${row[0]}: ${row[1]}, against ${row[2]}, goal ${head![column]}`);
    }
  }
  return { met, unmet };
}
