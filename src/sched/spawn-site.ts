import { InvariantError } from "../errors.ts";

/** Part of the URL of every module of heddle. */
const OWN = new URL("..", import.meta.url).href;

/** Drops the scheduler's frames below the task's: they tell its author nothing. Errors that say that heddle is at fault keep theirs. */
export function trimStack(error: unknown): void {
  if (!(error instanceof Error) || error instanceof InvariantError || typeof error.stack !== "string") return;
  const lines = error.stack.split("\n");
  const isFrame = (line: string): boolean => line.startsWith("    at ");
  const bottom = lines.findLastIndex((line) => isFrame(line) && !line.includes(OWN));
  if (bottom < 0) return;
  const kept = lines.filter((line, i) => i <= bottom || !isFrame(line));
  if (kept.length < lines.length) error.stack = kept.join("\n");
}

/** Where the user's code spawns, for the stacks of errors. Taking it costs about a microsecond; its text is made when it is asked for. */
export class SpawnSite {
  readonly #here: Error;

  constructor() {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 8;
    this.#here = new Error();
    Error.stackTraceLimit = limit;
  }

  toString(): string | undefined {
    const lines = this.#here.stack?.split("\n").slice(1) ?? [];
    return lines.find((line) => !line.includes(OWN))?.trim();
  }
}
