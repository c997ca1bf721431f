/** Advice in words: what stands out in a report, and what helps. */
import { REMOTE } from "../graph.ts";
import { type Report, TASK_NS, WAITING } from "./report.ts";

/** Tasks shorter than this (us) pay more than 5 % for being tasks; as long as that they are well off. */
const FINE_US = 1;
const GOOD_US = 5;
const MANY = 1000;

type Rule = (report: Omit<Report, "advice">) => string | undefined;

export function advise(report: Omit<Report, "advice">): string[] {
  const found = RULES.map((rule) => rule(report)).filter((it) => it !== undefined);
  return found.length > 0 ? found : ["Nothing stands out."];
}

/** What so many tasks cost the runtime, where nobody steals them. */
const costMs = (tasks: number): number => (tasks * TASK_NS) / 1e6;
/** A steal and the way home of its result (us), on both sides. */
const STEAL_US = 5;

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
const us = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} us`;

/** What to do about the longest part of the longest path. */
function whatTo({ name, at, share }: Report["criticalPath"][number]): string {
  const part = `${percent(share)} of the longest path`;
  if (name === WAITING) return `${part} is waiting for events: begin that earlier, or wait for several at the same time.`;
  if (name === "main" && at === "") return `${part} is \`main\`, the code outside of tasks: let tasks do that.`;
  if (name.endsWith(REMOTE))
    return `${part} is \`${name}\`: fewer or larger operations, begun earlier, or a task sent to where the data are.`;
  return `${part} is \`${name}\`${at === "" ? "" : ` (${at})`}: split it, or take it off the path.`;
}

const RULES: readonly Rule[] = [
  ({ tasks }) => (tasks === 0 ? "The program ran no task while it was traced." : undefined),

  ({ lostEvents }) =>
    lostEvents > 0
      ? `${lostEvents.toLocaleString("en-US")} events were lost: work, span and path are lower bounds. Trace with --trace-detail and a longer time.`
      : undefined,

  ({ tracingShare }) =>
    tracingShare > 0.2
      ? `Tracing itself took about ${percent(tracingShare)} of the work, since the tasks are so small: compare times of this report with each other only.`
      : undefined,

  ({ sizes, workMs }) => {
    const fine = sizes.filter((it) => it.count >= MANY && it.meanUs < FINE_US && it.totalMs + costMs(it.count) > workMs * 0.05);
    if (fine.length === 0) return undefined;
    return fine
      .map(({ name, meanUs }) => {
        const group = 2 ** Math.ceil(Math.log2(GOOD_US / Math.max(meanUs, 0.005)));
        const cost = TASK_NS / 1000;
        return `Tasks of \`${name}\` take ${us(meanUs)}: the runtime's own cost is ${percent(cost / (cost + meanUs))} of that. Group ${group}: then it is ${percent(cost / (cost + meanUs * group))}.`;
      })
      .join("\n");
  },

  ({ parallelism, workers, criticalPath }) => {
    if (workers === 0 || parallelism === 0 || parallelism >= 4 * workers) return undefined;
    const [longest] = criticalPath;
    const where = longest === undefined ? "" : ` ${whatTo(longest)}`;
    if (parallelism < workers)
      return `The program's average parallelism is ${parallelism.toFixed(1)}: ${workers} workers cannot all have work.${where}`;
    return `The program's average parallelism is ${parallelism.toFixed(1)}: it will not gain from many more workers than the ${workers} it has.${where}`;
  },

  ({ parallelism, burdenedParallelism, workers }) =>
    workers > 1 && parallelism >= 2 * workers && burdenedParallelism < workers
      ? `With the cost of a steal at each spawn on the longest path, the parallelism falls from ${parallelism.toFixed(1)} to ${burdenedParallelism.toFixed(1)}: what can be stolen is too small. Spawn larger pieces.`
      : undefined,

  ({ time, parallelism, workers }) =>
    workers > 1 && time.parked + time.searching > 0.25 && parallelism >= 4 * workers
      ? `Workers had nothing to do for ${percent(time.parked + time.searching)} of their time although there is enough parallelism: look in the timeline for phases in which one task spawns for all, or for large tasks at the end.`
      : undefined,

  ({ steals, time }) => {
    const all = time.perWorker.reduce((sum, it) => sum + it.tasksMs + it.joinsMs + it.searchingMs + it.parkedMs, 0);
    const cost = (steals.total * STEAL_US) / 1000;
    return cost > 0.1 * all
      ? `${steals.total.toLocaleString("en-US")} tasks were stolen, one by one: at some ${STEAL_US} us each that is ${percent(cost / all)} of the workers' time. Let tasks spawn tasks, in halves, or use parallelFor, which splits as far as it is needed.`
      : undefined;
  },

  ({ time }) =>
    time.joins > 0.1
      ? `Workers waited in joins for ${percent(time.joins)} of their time, where they may run only what they wait for. A generator task (\`yield*\`) or \`after\` leaves its worker free.`
      : undefined,

  ({ time, workers }) => {
    const busy = time.perWorker.map((it) => it.tasksMs);
    const most = Math.max(...busy);
    const mean = busy.reduce((sum, it) => sum + it, 0) / Math.max(1, busy.length);
    return workers > 1 && mean > 0 && most > 1.3 * mean
      ? `The busiest worker had ${(most / mean).toFixed(1)} times the work of the average one: there are too few pieces, or some are too large.`
      : undefined;
  },

  ({ latency }) =>
    latency !== null && latency.waitedMs > 1 && latency.hidden < 0.8 * latency.expected
      ? `Of ${latency.waitedMs.toFixed(0)} ms in which tasks waited for events, ${percent(latency.hidden)} was hidden behind computing; ${percent(latency.expected)} could be. Begin the waiting earlier, or spawn more before it.`
      : undefined,
];
