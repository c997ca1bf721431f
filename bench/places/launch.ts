/** Starting the programs that are measured. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const start = promisify(execFile);
const LIMIT = 120_000;
const BIN = fileURLToPath(new URL("../../bin/heddle.js", import.meta.url));

/** What a program prints. */
export async function output(command: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };
  const { stdout } = await start(command, args, { env, timeout: LIMIT, killSignal: "SIGKILL" });
  return stdout;
}

/** What two ranks on this machine print. */
export const ranks = (command: readonly string[]): Promise<string> =>
  output("mpirun", ["--oversubscribe", "--bind-to", "none", "-n", "2", ...command]);

/** The command for a program under heddle; `options` are those of `heddle run`. */
export const heddleRun = (options: readonly string[], file: string, args: readonly string[]): string[] => [
  process.execPath,
  BIN,
  "run",
  ...options,
  file,
  "--",
  ...args,
];
