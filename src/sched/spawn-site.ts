/** Below so many tasks in flight, a spawn from outside records where it was: a stack costs about a microsecond. */
const FEW = 32;

/** The line of the user's code that spawns, for the stacks of errors. Undefined where recording it would cost too much. */
export function spawnSite(inFlight: number): string | undefined {
  if (inFlight >= FEW) return undefined;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 8;
  const { stack } = new Error();
  Error.stackTraceLimit = limit;
  return stack
    ?.split("\n")
    .slice(1)
    .find((line) => !line.includes(OWN))
    ?.trim();
}

/** Part of the URL of every module of heddle. */
const OWN = new URL("..", import.meta.url).href;
