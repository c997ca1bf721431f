import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Context, interleave, type Row } from "../benchmark.ts";
import { stepsFor } from "../one-microsecond.ts";

export const name = "trace";
export const what = "what tracing costs where tasks take about 1 us each";

interface Result {
  readonly ns: number;
  readonly cpuNs: number;
}

const BIN = fileURLToPath(new URL("../../bin/heddle.js", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../children/one-microsecond.ts", import.meta.url));

export async function run({ quick, progress }: Context): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "heddle-bench-"));
  const [depth, rounds] = quick ? [12, 3] : [15, 15];
  const steps = String(Math.round(stepsFor(1000) / 2)); // each task calls another node
  const rows: Row[] = [];
  try {
    for (const workers of [1, 2]) {
      const cpu: Record<string, number> = {};
      const measure =
        (way: string, ...options: string[]) =>
        () => {
          progress(`${workers} workers, ${way}`);
          const args = [BIN, "run", PROGRAM, "-w", String(workers), ...options, "--", String(depth), String(rounds), steps];
          const output = execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
          const { ns, cpuNs } = JSON.parse(output) as Result;
          cpu[way] = Math.min(cpu[way] ?? Number.POSITIVE_INFINITY, cpuNs);
          return ns;
        };
      const { off, on } = await interleave(quick ? 1 : 4, {
        off: measure("off"),
        on: measure("on", "--trace", join(folder, "trace.json")),
      });
      const label = `${workers} ${workers === 1 ? "worker" : "workers"}`;
      const goal = { goal: "<= 1.1 x", ok: on <= 1.1 * off };
      rows.push({
        metric: `a task of 1 us, traced, ${label}`,
        value: on,
        unit: "ns",
        peer: "not traced",
        peerValue: off,
        ratio: on / off,
        ...goal,
      });
      rows.push({
        metric: `the same, processor time of all threads, ${label}`,
        value: cpu.on!,
        unit: "ns",
        peer: "not traced",
        peerValue: cpu.off!,
        ratio: cpu.on! / cpu.off!,
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return rows;
}
