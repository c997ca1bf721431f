import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Context, Row } from "../benchmark.ts";

export const name = "latency";
export const what =
  "heat on two places of one worker each, while everything takes longer and longer from one to the other: a step beside the longer of computing and travelling";

const BIN = fileURLToPath(new URL("../../bin/heddle.js", import.meta.url));
const HEAT = fileURLToPath(new URL("../../examples/places/heat.ts", import.meta.url));
/** Delays, as multiples of the time that computing takes. */
const DELAYS = [0, 0.5, 1, 2] as const;
const MOST = 1.15;

interface Step {
  readonly computing: number;
  readonly travelling: number;
  readonly serial: number;
  readonly overlapped: number;
}

export async function run({ quick, progress }: Context): Promise<Row[]> {
  const args = quick ? ["-n", "514", "-t", "20"] : ["-n", "2050", "-t", "60"];
  const rows: Row[] = [];
  let computing = 0;
  for (const factor of DELAYS) {
    const delay = factor * computing;
    progress(`delay ${delay.toFixed(1)} ms`);
    const step = await measure(args, delay);
    if (factor === 0) computing = step.computing;
    const [sum, longer] = [step.computing + step.travelling, Math.max(step.computing, step.travelling)];
    const parts = `computing ${step.computing.toFixed(1)} ms and travelling ${step.travelling.toFixed(1)} ms`;
    const metric = `a step, delay ${delay.toFixed(1)} ms (${factor} x)`;
    const ratio = step.overlapped / longer;
    rows.push(
      { metric: `${metric}, one after the other`, value: step.serial, unit: "ms", peer: `sum of ${parts}`, peerValue: sum, ratio: step.serial / sum }, // biome-ignore format: one line
      { metric: `${metric}, at the same time`, value: step.overlapped, unit: "ms", peer: `longer of ${parts}`, peerValue: longer, ratio, goal: `<= ${MOST} x`, ok: ratio <= MOST }, // biome-ignore format: one line
    );
  }
  return rows;
}

async function measure(args: readonly string[], delay: number): Promise<Step> {
  const env = { ...process.env, HEDDLE_LOOPBACK_DELAY: String(delay) };
  const all = [BIN, "run", "-w", "1", "-p", "2", HEAT, "--", "--parts", ...args];
  const { stdout } = await promisify(execFile)(process.execPath, all, { env, timeout: 120_000, killSignal: "SIGKILL" });
  const [computing, travelling, serial, overlapped] = [...stdout.matchAll(/ ([\d.]+) ms a step/g)].map(([, ms]) => Number(ms));
  return { computing: computing!, travelling: travelling!, serial: serial!, overlapped: overlapped! };
}
