import { type Context, interleave, median, type Row } from "../benchmark.ts";
import { runChild } from "../children/child.ts";

export const name = "startup";
export const what = "from import to the first result, and what an idle runtime costs";

interface First {
  readonly import: number;
  readonly first: number;
  readonly process: number;
}

interface Idle {
  readonly rss: number;
  readonly cpuPercent: number;
}

export async function run({ quick, progress }: Context): Promise<Row[]> {
  progress("first result");
  const firsts = Array.from({ length: quick ? 1 : 7 }, () => runChild<First>("first-result"));
  const part = (key: keyof First) => median(firsts.map((each) => each[key]));

  progress("idle workers");
  const rss = (workers: number) => () => runChild<Idle>("idle", workers, 0.1).rss / 2 ** 20;
  const memory = await interleave(quick ? 1 : 3, { one: rss(1), five: rss(5) });
  const idle = runChild<Idle>("idle", 2, quick ? 0.5 : 2);

  return [
    { metric: "import of the package and a module with tasks", value: part("import"), unit: "ms" },
    { metric: "import to first result, workers started on the way", value: part("first"), unit: "ms" },
    { metric: "process start to first result", value: part("process"), unit: "ms" },
    { metric: "memory of one more idle worker", value: (memory.five - memory.one) / 4, unit: "MiB" },
    { metric: "memory of the process with one idle worker", value: memory.one, unit: "MiB" },
    { metric: "CPU of an idle runtime, 2 workers", value: idle.cpuPercent, unit: "%", goal: "0 %", ok: idle.cpuPercent < 0.5 },
  ];
}
