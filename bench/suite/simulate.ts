import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Context, median, type Row } from "../benchmark.ts";

export const name = "simulate";
export const what = "what heddle simulate predicts for 1 and 2 workers, against the same program without a trace";

const BIN = fileURLToPath(new URL("../../bin/heddle.js", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../children/applications.ts", import.meta.url));

interface Application {
  readonly title: string;
  readonly name: string;
  readonly rounds: number;
  readonly size: number;
  readonly quick: number;
}

const applications: readonly Application[] = [
  { title: "UTS, tree T1 to depth 9", name: "uts", rounds: 5, size: 9, quick: 6 },
  { title: "LULESH, size 30, 25 iterations", name: "lulesh", rounds: 5, size: 25, quick: 2 },
  { title: "sample sort, 2,097,152 keys", name: "sample-sort", rounds: 8, size: 1 << 21, quick: 1 << 16 },
  { title: "Cholesky, 2048 x 2048", name: "cholesky", rounds: 8, size: 2048, quick: 512 },
];

const WORKERS = [1, 2] as const;
const MOST_ERROR = 0.1;

/** From which traces, in the order of the command line: the first is the one that is simulated. */
const WAYS: readonly { readonly from: string; readonly traces: readonly number[] }[] = [
  { from: "1 worker", traces: [1] },
  { from: "2 workers, with that of 1", traces: [2, 1] },
];

export async function run({ quick, progress }: Context): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "heddle-bench-"));
  const rows: Row[] = [];
  try {
    for (const application of applications) rows.push(...ofApplication(application, folder, quick, progress));
  } finally {
    rmSync(folder, { recursive: true });
  }
  return rows;
}

function ofApplication(
  { title, name, rounds, size, quick: small }: Application,
  folder: string,
  quick: boolean,
  progress: Context["progress"],
): Row[] {
  const traceOf = (workers: number): string => join(folder, `${name}-${workers}.json`);
  const measure = (workers: number, ...options: string[]): number[] => {
    progress(`${title}, ${workers} workers${options.length > 0 ? ", traced" : ""}`);
    const args = [name, String(quick ? 2 : rounds), String(quick ? small : size)];
    return JSON.parse(heddle("run", PROGRAM, "-w", String(workers), ...options, "--", ...args)) as number[];
  };
  // Before and after the traced ones: a process has its own luck, and the machine its moods.
  const before = WORKERS.map((workers) => measure(workers));
  for (const workers of WORKERS) measure(workers, "--trace", traceOf(workers));
  const measured = new Map(WORKERS.map((workers, i) => [workers, median([...before[i]!, ...measure(workers)])]));
  const rows: Row[] = [];
  for (const { from, traces } of WAYS) {
    const files = traces.map(traceOf);
    const predictions = JSON.parse(heddle("simulate", ...files, "-w", WORKERS.join(), "--span", "round", "--json")) as {
      workers: number;
      predictedMs: number;
    }[];
    for (const { workers, predictedMs } of predictions) {
      const peerValue = measured.get(workers as 1)!;
      const error = predictedMs / peerValue - 1;
      rows.push({
        metric: `${title}: ${workers === 1 ? "1 worker" : `${workers} workers`}, from a trace of ${from}`,
        value: predictedMs,
        unit: "ms",
        peer: "measured",
        peerValue,
        ratio: predictedMs / peerValue,
        goal: "0.9 to 1.1 x",
        ok: Math.abs(error) <= MOST_ERROR,
        note: `error ${error > 0 ? "+" : ""}${(error * 100).toFixed(1)} %`,
      });
    }
  }
  return rows;
}

const heddle = (...args: string[]): string =>
  execFileSync(process.execPath, [BIN, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 26 });
