/** Programs on several places, as child processes. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { tryLibrary } from "../../src/net/mpi/library.ts";

export const BIN = fileURLToPath(new URL("../../bin/heddle.js", import.meta.url));
const program = (name: string): string => fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));

/** Programs whose cases run on every transport and number of places, by what they are about. */
const TITLES = {
  remote: "remote spawns",
  futures: "futures",
  memory: "global memory",
  teams: "collective operations",
  anywhere: "tasks for anywhere",
  finish: "finish scopes",
  mobile: "mobile objects",
  loops: "loops over places",
  phasers: "phasers over places",
  apps: "the examples over places",
  heat: "heat",
  taskBench: "Task Bench",
  lulesh: "LULESH",
} as const;
type Program = keyof typeof TITLES;

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

const LIMIT_MS = 300_000;

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

/** What `differInTeams` of programs/life.ts says at a place of three. */
export const mixesTold = (place: number): string => `${place}: every mix is told, then 3 of 3`;

/** What programs/life.ts says on three places, `life` giving its output, where members of a team call different operations. */
export async function expectMixesTold(life: (way: string) => Promise<string>): Promise<void> {
  const told = async (way: string): Promise<string[]> => (await life(way)).trim().split("\n").sort();
  assert.deepEqual(await told("differInTeams"), [0, 1, 2].map(mixesTold));
  for (const way of ["barrierMeetsBroadcast", "freeMeetsBarrier", "reducesMeet"])
    assert.deepEqual(
      await told(way),
      [0, 1, 2].map((p) => `${p}: HEDDLE_COLLECTIVE`),
      way,
    );
}

/** Programs that run in the same places one after the other. Those that leave something to the garbage collector come last: it is looked at as soon as each of them ends. */
const TOGETHER: readonly (readonly Program[])[] = [
  ["remote", "memory", "teams", "anywhere", "finish", "mobile", "loops", "apps", "taskBench"],
  ["futures", "phasers", "heat"],
];

/** Every program, on so many places: each is a test. */
export async function testAll(t: TestContext, launch: Launcher, how: How): Promise<void> {
  for (const programs of TOGETHER) {
    const ended = await launch("all", { ...how, args: programs });
    for (const name of programs) await t.test(TITLES[name], () => expectAllOk(ended, how.places, name));
    assert.deepEqual([ended.stderr, ended.code], ["", 0]);
  }
}

/** `program` has printed a good line for each case on each place; nothing else was printed by any. */
export function expectAllOk({ stdout, stderr }: Ended, places: number, program: Program): void {
  const lines = stdout.split("\n").filter((line) => line !== "");
  assert.deepEqual(
    lines.filter((line) => !/^(ok|begin) \d+ /.test(line)),
    [],
    stderr,
  );
  const perPlace = Array.from({ length: places }, (_, p) => {
    const own = lines.filter((line) => line.split(" ")[1] === `${p}`);
    const begun = own.indexOf(`begin ${p} ${program}`);
    assert.ok(begun >= 0, `begun at place ${p}: ${stdout}\n${stderr}`);
    const next = own.findIndex((line, i) => i > begun && line.startsWith("begin "));
    return own.slice(begun + 1, next < 0 ? own.length : next).length;
  });
  assert.ok(
    perPlace.every((count) => count === perPlace[0] && count > 0),
    `cases for each place: ${perPlace.join(" ")}`,
  );
}
