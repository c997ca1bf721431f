/** Runs a section in a process of its own, with whatever it starts, and takes it away when the run is interrupted. */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ProgressMessage } from "../progress.ts";
import type { Section } from "./sections.ts";

/** The program ended with an error; the message holds the end of what it said. */
export class SectionError extends Error {
  override readonly name = "SectionError";
}

const KILL_AFTER_MS = 3000;

/** What the section's program prints on standard output. @throws SectionError, or the reason of `signal` */
export async function runSection(
  { program, args }: Pick<Section, "program" | "args">,
  onProgress: (message: ProgressMessage) => void,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  // A group of its own: the programs that it starts end with it, and Ctrl-C reaches this process alone.
  const child = spawn(process.execPath, [fileURLToPath(program), ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: withoutHeddle(process.env),
  });
  let output = "";
  let errors = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-4000)));
  child.on("message", (message) => onProgress(message as ProgressMessage));
  const ended = new Promise<number | string>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, by) => resolve(code ?? by ?? "?"));
  });
  let hard: NodeJS.Timeout | undefined;
  const stop = (): void => {
    kill(child, "SIGTERM");
    hard = setTimeout(kill, KILL_AFTER_MS, child, "SIGKILL");
  };
  signal.addEventListener("abort", stop);
  try {
    const code = await ended;
    signal.throwIfAborted();
    if (code !== 0) throw new SectionError(`ended with ${code}${errors === "" ? "" : `:\n${errors.trimEnd()}`}`);
    return output;
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(hard);
    // mpirun needs a moment to end its ranks, which are in groups of their own.
    if (signal.aborted) await untilGone(child);
    kill(child, "SIGKILL"); // whatever of its group is still there
  }
}

/** Signals the whole group; false where nothing of it is left. */
function kill({ pid }: ChildProcess, by: NodeJS.Signals | 0): boolean {
  try {
    return pid !== undefined && process.kill(-pid, by);
  } catch {
    return false;
  }
}

async function untilGone(child: ChildProcess): Promise<void> {
  const end = performance.now() + KILL_AFTER_MS;
  while (kill(child, 0) && performance.now() < end) await sleep(20);
}

/** Each benchmark says how many workers it wants. */
function withoutHeddle(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== "HEDDLE_WORKERS" && name !== "NODE_OPTIONS"));
}
