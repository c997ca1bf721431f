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
  /** Lets `main` come to its end. */
  stop(): void;
  /** The exit code, or the name of the signal that has ended it. */
  readonly ended: Promise<number | string>;
}

interface After {
  after(fn: () => void | Promise<void>): void;
}

/** `options` are those of heddle run; `args` of the program. */
export async function show(t: After, options: readonly string[], args: readonly string[] = []): Promise<Shown> {
  const folder = mkdtempSync(join(tmpdir(), "heddle-shown-"));
  const file = join(folder, "stop");
  const { HEDDLE_WORKERS: _, FORCE_COLOR: __, NODE_OPTIONS: ___, ...env } = process.env;
  const command = [BIN, "run", PROGRAM, "--dashboard", ...options, "--", file, ...args];
  const child = spawn(process.execPath, command, { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  const ended = new Promise<number | string>((resolve) => child.on("close", (code, signal) => resolve(code ?? signal!)));
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
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
  return { process: child, url, printed: () => printed, stop: () => writeFileSync(file, ""), ended };
}
