import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// The command line as a child process.

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const BIN = fileURLToPath(new URL("../../bin/heddle.js", import.meta.url));

/** Runs `heddle` to its end. `onOutput` sees everything that was printed so far, and may send signals. */
export function heddle(
  args: string[],
  options: {
    cwd?: string;
    env?: Record<string, string>;
    onOutput?: (printed: string, send: (s: NodeJS.Signals) => void) => void;
  } = {},
): Promise<Ended> {
  return child([BIN, ...args], options);
}

export function child(args: string[], { cwd, env, onOutput }: Parameters<typeof heddle>[1] = {}): Promise<Ended> {
  // Without NODE_TEST_CONTEXT, as from a shell: a test runner in the child would report to the one that runs this test.
  const { HEDDLE_WORKERS: _, FORCE_COLOR: __, NODE_OPTIONS: ___, NODE_TEST_CONTEXT: ____, ...inherited } = process.env;
  const running = spawn(process.execPath, args, { cwd, env: { ...inherited, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  const printed = () => onOutput?.(stdout + stderr, (signal) => running.kill(signal));
  running.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
    printed();
  });
  running.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
    printed();
  });
  return new Promise((resolve, reject) => {
    running.on("error", reject);
    running.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** A folder with these files, which goes when the test ends. */
export function folderWith(files: Record<string, string>, t: { after(fn: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "heddle-cli-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
