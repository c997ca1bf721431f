import { spawn } from "node:child_process";
import { get } from "node:http";
import { fileURLToPath } from "node:url";
import { type Context, interleave, type Row } from "../benchmark.ts";
import { stepsFor } from "../one-microsecond.ts";

export const name = "dashboard";
export const what = "what the dashboard costs where tasks take about 1 us each, on 2 workers";

interface Result {
  readonly ns: number;
  readonly cpuNs: number;
}

const BIN = fileURLToPath(new URL("../../bin/heddle.js", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../children/one-microsecond.ts", import.meta.url));

/** What is compared with a run without: options of heddle run, and whether somebody listens as an open page does. */
const WAYS = [
  ["figures only", "figures only, no page open", ["--dashboard-no-trace"], false],
  ["figures only, watched", "figures only, a page open", ["--dashboard-no-trace"], true],
  ["traced", "with its trace, no page open", ["--dashboard"], false],
  ["traced, watched", "with its trace, a page open", ["--dashboard"], true],
] as const;

/** On a machine with two cores, all of them: then the dashboard's thread takes its time from the workers. */
const WORKERS = "2";

export async function run({ quick, progress }: Context): Promise<Row[]> {
  const [depth, rounds] = quick ? [12, 3] : [15, 10];
  const numbers = [depth, rounds, Math.round(stepsFor(1000) / 2)].map(String); // each task calls another node
  const cpu: Record<string, number> = {};
  const measure = (way: string, options: readonly string[], watched: boolean) => async () => {
    progress(way);
    const { ns, cpuNs } = await child(["run", PROGRAM, "-w", WORKERS, ...options, "--", ...numbers], watched);
    cpu[way] = Math.min(cpu[way] ?? Number.POSITIVE_INFINITY, cpuNs);
    return ns;
  };
  const candidates: Record<string, () => Promise<number>> = { off: measure("off", [], false) };
  for (const [way, , options, watched] of WAYS) candidates[way] = measure(way, options, watched);
  const times = await interleave(quick ? 1 : 3, candidates);
  const compared = (metric: string, value: number, peerValue: number): Row => ({
    metric,
    value,
    unit: "ns",
    peer: "without",
    peerValue,
    ratio: value / peerValue,
  });
  return WAYS.flatMap(([way, description]) => [
    compared(description, times[way]!, times.off!),
    compared("the same, processor time", cpu[way]!, cpu.off!),
  ]);
}

/** Runs the program; where it is `watched`, takes what pages are told, as long as there is any. */
function child(args: readonly string[], watched: boolean): Promise<Result> {
  const running = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  running.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  let said = "";
  let watching = false;
  running.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
    const url = /^Dashboard: (\S+)\n/m.exec(said)?.[1];
    if (!watched || watching || url === undefined) return;
    watching = true;
    get(`${url}events`, (events) => events.resume().on("error", () => {})).on("error", () => {});
  });
  return new Promise((resolve, reject) => {
    running.on("error", reject);
    running.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(output) as Result);
      else reject(new Error(`heddle ${args.join(" ")} ended with ${code}:\n${said}`));
    });
  });
}
