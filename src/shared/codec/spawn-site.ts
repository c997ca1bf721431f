const MARK = "\n    --- spawned at ---\n";
const PLACE_MARK = "\n    --- thrown at place ";
const MOST_SITES = 16;
const LEFT_OUT = "\n    --- further spawn sites left out ---";

/**
 * Appends to `error.stack` where the task was spawned in which it was thrown: `spawnSite` is one or more lines of a
 * stack, such as `at main (file:///app/main.js:12:3)`. Each thread that hands the error on may add its own; the same site
 * twice in a row is written once. Returns `error`, which stays as it is when it is not an error, is frozen, or there is no site.
 */
export function withSpawnSite<T>(error: T, spawnSite: string | undefined): T {
  if (!spawnSite || typeof error !== "object" || error === null) return error;
  const lines = spawnSite.split("\n").map((line) => line.trim());
  const section = MARK + lines.map((line) => (line.startsWith("at ") ? `    ${line}` : `    at ${line}`)).join("\n");
  try {
    const { stack } = error as { stack?: unknown };
    if (typeof stack !== "string" || stack.endsWith(section) || stack.endsWith(LEFT_OUT)) return error;
    const value = stack + (stack.split(MARK).length > MOST_SITES ? LEFT_OUT : section);
    Object.defineProperty(error, "stack", { value, enumerable: false, writable: true, configurable: true });
  } catch {
    // A frozen error, or one whose stack cannot be read, goes on without the section.
  }
  return error;
}

/** Appends to `error.stack` at which place it was thrown, unless it says so already. */
export function withPlace<T>(error: T, place: number | undefined): T {
  if (place === undefined || typeof error !== "object" || error === null) return error;
  try {
    const { stack } = error as { stack?: unknown };
    if (typeof stack !== "string" || stack.includes(PLACE_MARK)) return error;
    const value = `${stack}${PLACE_MARK}${place} ---`;
    Object.defineProperty(error, "stack", { value, enumerable: false, writable: true, configurable: true });
  } catch {
    // As above.
  }
  return error;
}
