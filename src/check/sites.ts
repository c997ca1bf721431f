import { plainUrl } from "../shared/module-place.ts";

/** A place in a program's text where memory is touched, or a task is spawned. */
export interface Site {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1; 0 where it is not known. */
  readonly column: number;
  /** The expression as it stands there. */
  readonly text: string;
}

/** Part of the URL of every module of heddle. */
const OWN = new URL("..", import.meta.url).href;

export const isOwn = (file: string): boolean => file.startsWith(OWN);

export class Sites {
  readonly #sites: Site[] = [{ file: "", line: 0, column: 0, text: "" }];
  readonly #known = new Map<string, number>();

  /** Each place in the text once, however many places of the program have the module. */
  add({ file, line, column, text }: Site): number {
    const key = `${plainUrl(file)}:${line}:${column} ${text}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#sites.push({ file: plainUrl(file), line, column, text }) - 1;
      this.#known.set(key, known);
    }
    return known;
  }

  get(number: number): Site {
    return this.#sites[number]!;
  }

  /** The innermost place on the stack that is the program's, by its line: for calls that were not rewritten. */
  here(): number {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 30;
    const holder: { stack?: string } = {};
    Error.captureStackTrace(holder);
    Error.stackTraceLimit = limit;
    for (const frame of (holder.stack ?? "").split("\n").slice(1)) {
      const [, file, line] = /(?:\(|at )((?:file:|\/|heddle-lambda)[^()]*):(\d+):\d+\)?$/.exec(frame) ?? [];
      if (file === undefined || isOwn(file)) continue;
      return this.add({ file, line: Number(line), column: 0, text: "" });
    }
    return 0;
  }
}
