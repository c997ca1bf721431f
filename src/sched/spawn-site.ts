import { InvariantError } from "../errors.ts";
import { plainUrl, withoutPlaces } from "../shared/module-place.ts";
import type { TaskDefinition } from "./definition.ts";

/** Part of the URL of every module of heddle. */
const OWN = new URL("..", import.meta.url).href;

/** Drops the scheduler's frames below the task's: they tell its author nothing. Errors that say that heddle is at fault keep theirs. */
export function trimStack(error: unknown): void {
  if (!(error instanceof Error) || typeof error.stack !== "string") return;
  const trimmed = trimmedStack(error);
  if (trimmed !== error.stack) error.stack = trimmed;
}

/** The stack without those frames, for who only tells of the error. */
export function trimmedStack(error: Error): string {
  const { stack = String(error) } = error;
  if (error instanceof InvariantError) return stack;
  const lines = stack.split("\n");
  const isFrame = (line: string): boolean => line.startsWith("    at ");
  const bottom = lines.findLastIndex((line) => isFrame(line) && !line.includes(OWN));
  return bottom < 0 ? stack : lines.filter((line, i) => i <= bottom || !isFrame(line)).join("\n");
}

/** The column in the file of a position in the text that runs: they differ where text is rewritten as it is loaded. */
let columnOf = (_file: string, _line: number, column: number): number => column;
export function mapPositions(it: typeof columnOf): void {
  columnOf = it;
}

/** Where the user's code spawns, for the stacks of errors. Taking it costs about a microsecond; its text is made when it is asked for. */
export class SpawnSite {
  readonly #here: Error;

  constructor() {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 12; // a loop has some of heddle's own on top
    this.#here = new Error();
    Error.stackTraceLimit = limit;
  }

  toString(): string | undefined {
    const lines = this.#here.stack?.split("\n").slice(1) ?? [];
    const line = lines.find((it) => !it.includes(OWN) && !it.includes("<anonymous>)"))?.trim();
    if (line === undefined) return undefined;
    const [all, file, at, column] = /((?:file:|\/)[^()]*):(\d+):(\d+)\)?$/.exec(line) ?? [];
    if (all === undefined) return withoutPlaces(line);
    const end = all.endsWith(")") ? ")" : "";
    return withoutPlaces(`${line.slice(0, -all.length)}${file}:${at}:${columnOf(file!, Number(at), Number(column))}${end}`);
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

/** A frame of a stack, as engines that have it describe it. */
interface Frame {
  getFileName?(): string | null | undefined;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
}

/** At most `most` frames beneath the call of `callee`, innermost first; none where the engine does not tell them, or that is not on the stack. @internal */
export function framesBeneath(callee: Function, most: number): NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = most;
    Error.prepareStackTrace = (_error, sites) => sites;
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace?.(holder, callee); // not every browser has it
    return Array.isArray(holder.stack) ? holder.stack : [];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

const columnIn = (file: string, frame: Frame): number => columnOf(file, frame.getLineNumber() ?? 0, frame.getColumnNumber() ?? 0);

/** "file:line:column" of the call of `callee`; undefined where it is heddle that calls it, and where the engine does not tell. */
export function callerOf(callee: Function): string | undefined {
  const [frame] = framesBeneath(callee, 1) as Frame[];
  const file = frame?.getFileName?.();
  if (file == null || isOwn(file)) return undefined;
  return `${file}:${frame!.getLineNumber()}:${columnIn(file, frame!)}`;
}

/** The parts of "file:line:column". */
export function partsOfSite(site: string): { readonly url: string; readonly line: number } {
  const [, url = site, line = "0"] = /^(.*?):(\d+)(?::\d+)?$/.exec(site) ?? [];
  return { url, line: Number(line) };
}

const definitions = new WeakMap<TaskDefinition, string>();

/** Where a task is defined; kept beside the definition, since what a spawn reads is to have one shape. */
export function noteDefinition(def: TaskDefinition, site: Frame | undefined): void {
  const file = site?.getFileName?.();
  if (file == null) return;
  noteDefinitionAt(def, `${plainUrl(file)}:${site!.getLineNumber() ?? 0}:${columnIn(file, site!)}`);
}

/** `site`: "file:line:column". */
export const noteDefinitionAt = (def: TaskDefinition, site: string): void => void definitions.set(def, site);

/** A copy of a definition, for another place, that is defined where the other one is. */
export function noteCopy(copy: TaskDefinition, def: TaskDefinition): TaskDefinition {
  const site = definitions.get(def);
  if (site !== undefined) definitions.set(copy, site);
  return copy;
}

/** As in stacks: file, line and column. Of a lambda, where it was first given to heddle. */
export const definitionSite = (def: TaskDefinition): string | undefined => definitions.get(def);

/** The line of its module where a task is defined, 0 where that is not known. */
export const lineOf = (def: TaskDefinition): number => partsOfSite(definitions.get(def) ?? "").line;

/** Whether a file is one of heddle's own. */
export const isOwn = (file: string): boolean => file.startsWith(OWN);
