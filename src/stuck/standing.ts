/** Where the code of this thread stands, from its own stack. */
import { framesBeneath, isOwn } from "../sched/spawn-site.ts";

const MOST_FRAMES = 400;

/** Where the tasks on this thread's stack stand, innermost first: the call of `join`, or what runs there; "" where that is unknown. */
export function standing(): string[] {
  const sites = framesBeneath(standing, MOST_FRAMES);
  const found: string[] = [];
  let position = "";
  for (const site of sites) {
    if (site.isAsync?.() === true) break; // what waits for the rest of it, not what is beneath it
    const file = site.getFileName?.() ?? site.getScriptNameOrSourceURL?.() ?? ""; // the second, of lambdas
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

/** Below these the scheduler has called the body of a task. In the published package both lie in one file. */
const isBoundary = (name: string | null, file: string): boolean =>
  (name === "call" && /\/(sched|joined)\/core\.[jt]s$/.test(file)) ||
  (name === "step" && /\/(sched\/suspend|joined\/core)\.[jt]s$/.test(file));
