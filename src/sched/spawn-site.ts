/** Part of the URL of every module of heddle. */
const OWN = new URL("..", import.meta.url).href;

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
