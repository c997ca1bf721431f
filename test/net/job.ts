/** MPI jobs that run cases, for the tests. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tryLibrary } from "../../src/net/mpi/library.ts";
import type { Outcome } from "./report.ts";

const SEED = Number(process.env.HEDDLE_SEED ?? Date.now() % 1e6);
const PROGRAM = fileURLToPath(new URL("./mpi-place.ts", import.meta.url));
export const RANKS = 4;

const library = tryLibrary();
const launcher = (name: string): boolean => spawnSync(name, ["--version"]).status === 0;
/** Why tests with a launcher cannot run here, or false. */
export const whyNot = (name: string, hint: string): string | false => {
  if (!launcher(name)) return `${name} is missing: apt-get install ${hint}`;
  return typeof library === "string" ? library : false;
};
export interface Job {
  readonly code: number | null;
  readonly outcomes: Outcome[];
  readonly output: string;
}

export interface How {
  /** The command before the options. */
  readonly launcher?: readonly string[];
  readonly ranks?: number;
  readonly options?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** What is done to the job from outside; `folder` is where signals lie. */
  readonly meanwhile?: (folder: string) => Promise<void>;
}

export async function job(names: readonly string[], how: How = {}): Promise<Job> {
  const folder = mkdtempSync(join(tmpdir(), "heddle-net-"));
  const options = how.options ?? ["--oversubscribe", "--bind-to", "none"];
  const args = [...options, "-n", String(how.ranks ?? RANKS), process.execPath, PROGRAM, folder, String(SEED), ...names];
  const [command, ...before] = how.launcher ?? ["mpirun"];
  const child = spawn(command!, [...before, ...args], {
    env: { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1", ...how.environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const meanwhile = how.meanwhile?.(folder);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  rmSync(folder, { recursive: true });
  await meanwhile;
  const lines = output.split("\n").filter((line) => line.startsWith("@outcome "));
  return { code, outcomes: lines.map((line) => JSON.parse(line.slice("@outcome ".length)) as Outcome), output };
}

async function appears(folder: string, isIt: (name: string) => boolean): Promise<string> {
  for (;;) {
    const name = existsSync(folder) ? readdirSync(folder).find(isIt) : "";
    if (name !== undefined) return name;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function expectAll({ outcomes, code, output }: Job, names: readonly string[], ranks = RANKS): void {
  for (const { name, place, error } of outcomes)
    assert.equal(error, undefined, `${name} at place ${place}, seed ${SEED}: ${error}`);
  assert.equal(outcomes.length, ranks * names.length, output);
  assert.equal(code, 0, output);
}

/** For `meanwhile` of the case "frozen": stops place 2 when it is time, and lets it go on. */
export async function freeze(folder: string): Promise<void> {
  const pid = Number((await appears(folder, (it) => it.startsWith("pid-"))).slice(4));
  await appears(folder, (it) => it === "freeze");
  process.kill(pid, "SIGSTOP");
  writeFileSync(join(folder, "is-frozen"), "");
  await appears(folder, (it) => it === "thaw");
  process.kill(pid, "SIGCONT");
}
