/** Programs on several places, as child processes. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { tryLibrary } from "../../src/net/mpi/library.ts";

export const BIN = fileURLToPath(new URL("../../bin/heddle.js", import.meta.url));
const program = (name: string): string => fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));

/** Programs whose cases run on every transport and number of places. */
export const PROGRAMS = {
  "remote spawns": "remote",
  futures: "futures",
  "global memory": "memory",
  "collective operations": "teams",
  "tasks for anywhere": "anywhere",
  "finish scopes": "finish",
  "mobile objects": "mobile",
  "loops over places": "loops",
  "the examples over places": "apps",
} as const;

export interface How {
  readonly places: number;
  readonly workers?: number;
  readonly args?: readonly string[];
  /** Further options of `heddle run`. */
  readonly options?: readonly string[];
  /** Further options of `mpirun`. */
  readonly mpirun?: readonly string[];
  /** Sees all that was printed so far. */
  readonly onOutput?: (printed: string, kill: (signal: NodeJS.Signals) => void) => void;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Launcher = (name: string, how: How) => Promise<Ended>;

const LIMIT_MS = 100_000;

export const onLoopback: Launcher = (name, { places, workers = 1, args = [], options = [], onOutput }) =>
  run(
    process.execPath,
    [BIN, "run", ...options, "--workers", `${workers}`, "--places", `${places}`, program(name), ...args],
    onOutput,
  );

export const onMpi: Launcher = (name, { places, workers = 1, args = [], options = [], mpirun = [], onOutput }) => {
  const own = [process.execPath, BIN, "run", ...options, "--workers", `${workers}`, program(name), ...args];
  return run("mpirun", ["--oversubscribe", "--bind-to", "none", ...mpirun, "-n", `${places}`, ...own], onOutput);
};

/** Why programs cannot run on MPI here; false where they can. */
export function whyNoMpi(): string | false {
  if (spawnSync("mpirun", ["--version"]).status !== 0) return "mpirun is missing: apt-get install openmpi-bin libopenmpi-dev";
  const library = tryLibrary();
  return typeof library === "string" ? library : false;
}

export function run(command: string, args: readonly string[], onOutput?: How["onOutput"]): Promise<Ended> {
  const { HEDDLE_WORKERS: _, FORCE_COLOR: __, NODE_OPTIONS: ___, ...inherited } = process.env;
  const env = { ...inherited, NO_COLOR: "1", OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"], timeout: LIMIT_MS, killSignal: "SIGKILL" });
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
      onOutput?.(printed.stdout + printed.stderr, (signal) => child.kill(signal));
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...printed }));
  });
}

/** The program has printed a good line for each case on each place, and nothing else. */
export function expectAllOk({ code, stdout, stderr }: Ended, places: number): void {
  const lines = stdout.split("\n").filter((line) => line !== "");
  assert.deepEqual(
    lines.filter((line) => !line.startsWith("ok ")),
    [],
    stderr,
  );
  assert.equal(stderr, "");
  assert.equal(code, 0);
  const perPlace = Array.from({ length: places }, (_, p) => lines.filter((line) => line.startsWith(`ok ${p} `)).length);
  assert.ok(
    perPlace.every((count) => count === perPlace[0] && count > 0),
    `cases for each place: ${perPlace.join(" ")}`,
  );
}
