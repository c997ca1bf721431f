/** Where the code of this thread stands, from its own stack. */
import { isOwn } from "../sched/spawn-site.ts";

const MOST_FRAMES = 400;

/** Where the tasks on this thread's stack stand, innermost first: the call of `join`, or what runs there; "" where that is unknown. */
export function standing(): string[] {
  const sites = callSites();
  const found: string[] = [];
  let position = "";
  for (const site of sites) {
    const file = site.getFileName?.() ?? "";
    if (isOwn(file)) {
      if (!isBoundary(site.getFunctionName(), file)) continue;
      found.push(position);
      position = "";
    } else if (position === "" && file !== "" && !file.startsWith("node:")) {
      position = `${file}:${site.getLineNumber()}:${site.getColumnNumber()}`;
    }
  }
  if (position !== "") found.push(position);
  return found;
}

/** Below these the scheduler has called the body of a task. */
const isBoundary = (name: string | null, file: string): boolean =>
  (name === "call" && /\/sched\/core\.[jt]s$/.test(file)) || (name === "step" && /\/sched\/suspend\.[jt]s$/.test(file));

function callSites(): NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = MOST_FRAMES;
    Error.prepareStackTrace = (_error, sites) => sites;
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace?.(holder, callSites);
    return Array.isArray(holder.stack) ? holder.stack : [];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}
