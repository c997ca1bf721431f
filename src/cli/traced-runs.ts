/** Running a program only for its traces: as `heddle run` does, each time in a process of its own. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CommandError, EXIT } from "./exit-codes.ts";
import { locateProgram } from "./program-file.ts";
import { paint } from "./text.ts";

const BIN = fileURLToPath(new URL("../../bin/heddle.js", import.meta.url));

export interface TracedRunsOptions {
  /** The folder in which the traces stay. */
  readonly keep?: string;
  /** As of `heddle run`, in ns. */
  readonly traceDetail?: number;
  /** As of `heddle run`; each place has so many workers then. */
  readonly places?: number;
}

export interface TracedRuns {
  /** In the order of the numbers of workers. */
  readonly files: readonly string[];
  /** Deletes what is not to be kept. */
  done(): void;
}

/**
 * Runs a program once with each of these numbers of workers, traced. What it prints goes to stderr; stdin is empty. Null where a run did not end well: that has
 * been told, and `process.exitCode` is what the program has ended with.
 */
export async function tracedRuns(
  program: string,
  args: readonly string[],
  workers: readonly number[],
  { keep, traceDetail, places = 1 }: TracedRunsOptions,
): Promise<TracedRuns | null> {
  const file = locateProgram(program);
  const folder = keep === undefined ? mkdtempSync(join(tmpdir(), "heddle-simulate-")) : folderFor(keep);
  const done = (): void => {
    if (keep === undefined) rmSync(folder, { recursive: true, force: true });
  };
  const detail = traceDetail === undefined ? [] : ["--trace-detail", `${traceDetail}ns`];
  const files: string[] = [];
  for (const count of workers) {
    const trace = join(folder, `${count}.json`);
    const how = `${count} ${count === 1 ? "worker" : "workers"}${places > 1 ? ` at each of ${places} places` : ""}`;
    console.error(paint("dim", `${program} with ${how}, traced${keep === undefined ? "" : ` into ${trace}`}`, process.stderr));
    const code = await runToEnd([
      BIN,
      "run",
      "-w",
      String(count),
      ...(places > 1 ? ["--places", String(places)] : []),
      "--trace",
      trace,
      "--trace-quiet",
      ...detail,
      "--",
      file,
      ...args,
    ]);
    if (code !== EXIT.ok) {
      console.error(`With ${how}, ${program} has ended with exit code ${code}: there is nothing to simulate.`);
      process.exitCode = code;
      done();
      return null;
    }
    files.push(trace);
  }
  return { files, done };
}

function folderFor(keep: string): string {
  try {
    mkdirSync(keep, { recursive: true });
  } catch (error) {
    throw new CommandError(`The folder ${keep} cannot be made: ${(error as Error).message}`);
  }
  return keep;
}

/** The exit code, as a shell tells it. Signals that would end this process end the child, and this one goes on to the end. */
function runToEnd(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ["ignore", 2, 2] });
  // A terminal sends its Ctrl-C to both processes.
  const pass = (signal: NodeJS.Signals): unknown => (signal === "SIGINT" && process.stdin.isTTY) || child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, pass);
  return new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  }).finally(() => {
    for (const signal of signals) process.off(signal, pass);
  });
}
