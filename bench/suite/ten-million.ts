import type { Context, Row } from "../benchmark.ts";
import { runChild } from "../children/child.ts";

export const name = "ten-million";
export const what = "10 million tasks spawned from one loop inside a task, in a process of its own";

interface Result {
  readonly ms: number;
  /** Tasks that did not run exactly once. */
  readonly lost: number;
  readonly rssBefore: number;
  readonly rssPeak: number;
}

export async function run({ quick, progress }: Context): Promise<Row[]> {
  const count = quick ? 100_000 : 10_000_000;
  return [1, 2].flatMap((workers): Row[] => {
    progress(`${count} tasks, ${workers} workers`);
    const { ms, lost, rssBefore, rssPeak } = runChild<Result>("ten-million", count, workers);
    const where = `${workers} ${workers === 1 ? "worker" : "workers"}`;
    return [
      { metric: `time per task, ${where}`, value: (ms * 1e6) / count, unit: "ns" },
      { metric: `not run exactly once, ${where}`, value: lost, unit: "tasks", goal: "0", ok: lost === 0 },
      {
        metric: `growth of resident memory, ${where}`,
        value: (rssPeak - rssBefore) / 2 ** 20,
        unit: "MiB",
        note: `peak ${(rssPeak / 2 ** 20).toFixed(0)} MiB`,
      },
    ];
  });
}
