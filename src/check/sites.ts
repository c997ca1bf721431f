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

  add(site: Site): number {
    this.#sites.push(site);
    return this.#sites.length - 1;
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
      const key = `${file}:${line}`;
      let known = this.#known.get(key);
      if (known === undefined) {
        known = this.add({ file, line: Number(line), column: 0, text: "" });
        this.#known.set(key, known);
      }
      return known;
    }
    return 0;
  }
}
