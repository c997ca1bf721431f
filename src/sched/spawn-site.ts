/** Part of the URL of every module of heddle. */
const OWN = new URL("..", import.meta.url).href;

/** The line of the user's code that spawns, for the stacks of errors. */
export function spawnSite(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 8;
  const { stack } = new Error();
  Error.stackTraceLimit = limit;
  const lines = stack?.split("\n").slice(1) ?? [];
  return lines.find((line) => !line.includes(OWN))?.trim();
}
