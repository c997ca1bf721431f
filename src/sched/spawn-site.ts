import { InvariantError } from "../errors.ts";
import type { TaskDefinition } from "./definition.ts";

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

const MOST_SITES = 64;
const REFILL_MS = 100;
let left = MOST_SITES;
let refilled = 0;
/** In a burst not even the clock is read each time. */
let skip = 0;
let skipped = 0;

/** The site, unless more than a few hundred a second would be taken: a burst of thousands goes without. */
export function siteIfCheap(): SpawnSite | undefined {
  if (left === 0) {
    if (skipped++ < skip) return undefined;
    skipped = 0;
    const now = performance.now();
    skip = now - refilled < REFILL_MS ? Math.min(MOST_SITES, 2 * skip + 1) : 0;
    if (skip > 0) return undefined;
    refilled = now;
    left = MOST_SITES;
  }
  left--;
  return new SpawnSite();
}

const definitions = new WeakMap<TaskDefinition, string>();

/** Where a task is defined; kept beside the definition, since what a spawn reads is to have one shape. */
export function noteDefinition(def: TaskDefinition, site: NodeJS.CallSite | undefined): void {
  const file = site?.getFileName?.();
  if (file != null) definitions.set(def, `${file}:${site!.getLineNumber()}:${site!.getColumnNumber()}`);
}

export const definitionSite = (def: TaskDefinition): string | undefined => definitions.get(def);

/** Whether a file is one of heddle's own. */
export const isOwn = (file: string): boolean => file.startsWith(OWN);
