import { plainUrl } from "../shared/module-place.ts";
import type { Positions } from "./positions.ts";

/** A position in a program's text where memory is touched, or a task is spawned. */
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
  /** By file and line, with how long the expression is. */
  readonly #byLine = new Map<string, { readonly number: number; readonly column: number; readonly length: number }[]>();
  readonly #positions: Positions;

  constructor(positions: Positions) {
    this.#positions = positions;
  }

  /** Each position in the text once, however many places of the program have the module. */
  add({ file, line, column, text }: Site, length = 0): number {
    const key = `${plainUrl(file)}:${line}:${column} ${text}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#sites.push({ file: plainUrl(file), line, column, text }) - 1;
      this.#known.set(key, known);
      const lineKey = `${plainUrl(file)}:${line}`;
      const all = this.#byLine.get(lineKey);
      if (all === undefined) this.#byLine.set(lineKey, [{ number: known, column, length }]);
      else all.push({ number: known, column, length });
    }
    return known;
  }

  get(number: number): Site {
    return this.#sites[number]!;
  }

  /** The innermost position on the stack that is the program's: for calls that were not rewritten. */
  here(): number {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 30;
    const holder: { stack?: string } = {};
    Error.captureStackTrace(holder);
    Error.stackTraceLimit = limit;
    for (const frame of (holder.stack ?? "").split("\n").slice(1)) {
      const [, file, line, column] = /(?:\(|at )((?:file:|\/|heddle-lambda)[^()]*):(\d+):(\d+)\)?$/.exec(frame) ?? [];
      if (file === undefined || isOwn(file)) continue;
      const at = this.#positions.columnOf(file, Number(line), Number(column));
      return this.#around(file, Number(line), at) ?? this.add({ file, line: Number(line), column: at, text: "" });
    }
    return 0;
  }

  /** The smallest expression that was rewritten there. */
  #around(file: string, line: number, at: number): number | undefined {
    const all = (this.#byLine.get(`${plainUrl(file)}:${line}`) ?? []).filter(
      ({ column, length }) => column <= at && at < column + length,
    );
    return all.sort((a, b) => a.length - b.length)[0]?.number;
  }
}
