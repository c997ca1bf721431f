/** What tasks are called where people read it. */

export interface Named {
  readonly name: string;
  /** The module where it is defined; of loops and lambdas, where they are called and given. "" where that is not known. */
  readonly url: string;
  readonly line: number;
  /** Loops and lambdas: the name alone tells too little. */
  readonly byLine?: true;
}

/** In drawings and sentences: "tile", "parallelFor at heat.ts:41". */
export function titleOf({ name, url, line, byLine }: Named): string {
  const title = name || "task";
  return byLine === true && line > 0 ? `${title} at ${url.slice(url.lastIndexOf("/") + 1)}:${line}` : title;
}
