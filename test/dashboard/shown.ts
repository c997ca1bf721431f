/** A program that runs with --dashboard until it is told to end. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/heddle.js", import.meta.url));
const PROGRAM = fileURLToPath(new URL("./programs/steady.ts", import.meta.url));

export interface Shown {
  readonly process: ChildProcess;
  /** Where the page is, with the secret. */
  readonly url: string;
  printed(): string;
  /** Resolves when that was printed. */
  says(what: RegExp): Promise<void>;
  /** Lets `main` come to its end. */
  stop(): void;
  /** The exit code, or the name of the signal that has ended it. */
  readonly ended: Promise<number | string>;
}

interface After {
  after(fn: () => void | Promise<void>): void;
}

/** Two places, each a process. */
export const MPIRUN = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", "2"];

/** `options` are those of heddle run; `args` of the program; `launcher` is what starts places. */
export async function show(
  t: After,
  options: readonly string[],
  args: readonly string[] = [],
  launcher: readonly string[] = [],
): Promise<Shown> {
  const folder = mkdtempSync(join(tmpdir(), "heddle-shown-"));
  const file = join(folder, "stop");
  const { HEDDLE_WORKERS: _, FORCE_COLOR: __, NODE_OPTIONS: ___, ...inherited } = process.env;
  const env = { ...inherited, OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };
  const command = [...launcher, process.execPath, BIN, "run", PROGRAM, "--dashboard", ...options, "--", file, ...args];
  const child = spawn(command[0]!, command.slice(1), { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  const ended = new Promise<number | string>((resolve) => child.on("close", (code, signal) => resolve(code ?? signal!)));
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
  });
  const says = (what: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (what.test(printed)) resolve();
      };
      for (const stream of [child.stdout, child.stderr]) stream.on("data", look);
      void ended.then((code) => reject(new Error(`it ended (${code}):\n${printed}`)));
      look();
    });
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        printed += text;
        const found = /^Dashboard: (http:\S+)$/m.exec(printed);
        if (found !== null) resolve(found[1]!);
      });
    void ended.then((code) => reject(new Error(`it ended (${code}) before it said where the page is:\n${printed}`)));
  });
  return { process: child, url, printed: () => printed, says, stop: () => writeFileSync(file, ""), ended };
}
