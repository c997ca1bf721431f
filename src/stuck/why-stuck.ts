import { UsageError } from "../errors.ts";
import { workerHere } from "../sched/here.ts";
import { Park } from "../sched/parking.ts";
import { sinceClock } from "../sched/rest.ts";
import { explainSerialWith } from "../sched/serial.ts";
import { getPort } from "../sched/thread.ts";
import { load } from "../shared/atomics.ts";
import { layout, Slot, slotWord } from "../shared/layout.ts";
import { type Runtime, startedRuntime } from "../task/runtime.ts";
import { askWorkers, reportHere } from "./ask.ts";
import { Explainer, type Waiting } from "./explain.ts";
import { type Graph, makeGraph, type Node } from "./graph.ts";
import type { ThreadReport } from "./report.ts";
import { type Facts, nounOf, shortened } from "./words.ts";

/** What one worker does. */
export interface WorkerDoing {
  /** From 1. */
  readonly worker: number;
  /** "sleeps" with nothing to do, "waits" inside a task, "runs" one, "does not answer", or "has not started". */
  readonly doing: "sleeps" | "waits" | "runs" | "does not answer" | "has not started";
  /** The tasks on its stack, outermost first. */
  readonly stack: readonly string[];
  /** Tasks that have begun there and wait off its stack. */
  readonly suspended: number;
  /** Tasks that lie there and have not begun. */
  readonly queued: number;
  /** Seconds since it last looked at the clock, while it runs. */
  readonly busySeconds: number;
  /** All of it as one line. */
  readonly line: string;
}

/** Who waits for what, at one moment. */
export interface WhyStuck {
  /**
   * "cycle": some wait for each other and can never go on. "running": a worker runs a task; it may come back. "waiting": nothing runs, and somebody
   * waits. "idle": nobody waits for anything.
   */
  readonly verdict: "cycle" | "running" | "waiting" | "idle";
  /** Each in its order: the first waits for the second and so on, the last for the first. */
  readonly cycles: readonly (readonly Waiting[])[];
  /** Who waits, from main and from tasks that nobody waits for, down to what keeps them. */
  readonly waits: readonly Waiting[];
  readonly workers: readonly WorkerDoing[];
  /** All of it as text of several lines. */
  toString(): string;
}

/**
 * Says who waits for what: the chains of tasks, futures, promises, phasers and finish scopes, with names and the places where they were spawned;
 * cycles among them; and worker by worker what it does. Workers that sleep or wait answer by themselves; one that is busy in a task is
 * interrupted for a moment to be asked where it is. Spawns inside tasks tell their places with HEDDLE_SPAWN_SITES=1, which
 * `heddle run --watch-stuck` sets.
 *
 * For the thread that starts runtimes; about the runtime that applies there. Never blocks; takes a few milliseconds, up to a second for
 * each worker that cannot be interrupted.
 *
 * @throws UsageError `HEDDLE_USAGE` in a worker.
 */
export async function whyStuck(): Promise<WhyStuck> {
  if (workerHere() !== null) {
    throw new UsageError("whyStuck() was called in a task: it asks all workers, and is for the thread that started the runtime");
  }
  const runtime = startedRuntime();
  if (runtime === null) return explained([], makeGraph([], new Int32Array(0), layout(1)), [], null);
  return whyStuckOf(runtime);
}

/** As `whyStuck`, of one runtime. */
export async function whyStuckOf(runtime: Runtime): Promise<WhyStuck> {
  const { client, team, workers } = runtime;
  if (client === null || team === null) return whyStuckHere(runtime);
  const slots = workers + 1;
  const parks = Array.from({ length: slots }, (_, slot) => parkOf(runtime, slot)); // before they are woken by the question
  const reports = await askWorkers(client, team, slots);
  reports[0] = reportHere(client.station, client);
  return explained(reports, makeGraph(reports, runtime.here.mem.i32, layout(slots)), parks, runtime);
}

/** As `whyStuck`, at once, as far as this thread alone knows. `interrupted`: in the midst of what it does. */
export function whyStuckHere(runtime: Runtime, interrupted = false): WhyStuck {
  const { client } = runtime;
  const report = reportHere(client?.station ?? null, client ?? getPort(), interrupted);
  return explained([report], makeGraph([report], runtime.here.mem.i32, layout(runtime.workers + 1)), [], runtime);
}

const parkOf = (runtime: Runtime, slot: number): number => load(runtime.here.mem.i32, slotWord(slot) + Slot.PARK);

function explained(
  reports: readonly (ThreadReport | null)[],
  graph: Graph,
  parks: readonly number[],
  runtime: Runtime | null,
): WhyStuck {
  const serial = runtime !== null && runtime.client === null;
  const busySeconds = (slot: number): number => (runtime === null ? 0 : sinceClock(runtime.here.mem.f64, slot) / 1000);
  const facts: Facts = {
    busySeconds: (slot) => (slot === 0 ? undefined : busySeconds(slot)),
    events: (slot) => reports[slot]?.events,
  };
  const it = new Explainer(graph, facts, serial);
  const workers: WorkerDoing[] = [];
  for (let slot = 1; slot < parks.length; slot++) {
    const started = load(runtime!.here.mem.i32, slotWord(slot) + Slot.STARTED) !== 0;
    const park = started ? parks[slot]! : NOT_STARTED;
    workers.push(describeWorker(slot, reports[slot] ?? null, park, graph, busySeconds(slot)));
  }
  const runs = workers.some((worker) => worker.doing === "runs") || graph.nodes.some((node) => isRunning(node));
  const verdict = it.cycles.length > 0 ? "cycle" : runs ? "running" : it.waits.length > 0 ? "waiting" : "idle";
  return { verdict, cycles: it.cycles, waits: it.waits, workers, toString: () => textOf(verdict, it, workers) };
}

const isRunning = (node: Node): boolean => {
  if (node.kind === "main") return node.at !== undefined;
  return node.doing === "running" && node.waits.length === 0 && node.beneath === null;
};

const NOT_STARTED = -1;

function doingOf(report: ThreadReport | null, park: number, frames: number, top: Node | undefined): WorkerDoing["doing"] {
  if (park === NOT_STARTED) return "has not started";
  if (park === Park.IDLE && frames === 0) return "sleeps";
  if (report === null) return "does not answer";
  if (top !== undefined && isRunning(top)) return "runs";
  return frames > 0 ? "waits" : "sleeps";
}

function describeWorker(slot: number, report: ThreadReport | null, park: number, graph: Graph, busy: number): WorkerDoing {
  const stack = (graph.stacks[slot] ?? []).map((node) => node.name);
  const top = graph.stacks[slot]?.at(-1) ?? graph.nodes.find((node) => node.slot === slot && isRunning(node));
  const doing = doingOf(report, park, stack.length, top);
  const suspended = report?.suspended ?? 0;
  const queued = report?.queued ?? 0;
  const words: string[] = [];
  if (doing === "runs" || (doing === "does not answer" && top !== undefined)) {
    const at = top!.at === undefined ? "" : ` at ${shortened(top!.at)}`;
    const what = doing === "runs" ? "has been running" : "does not answer: it has been running";
    words.push(`${what} ${nounOf(top!)} for ${busy.toFixed(1)} s${at}`);
  } else if (doing === "waits") words.push(`waits inside ${nounOf(top!)}`);
  else words.push(doing);
  if (stack.length > 1) words.push(`on its stack: ${stack.join(" > ")}`);
  if (suspended > 0) words.push(`${suspended} suspended`);
  if (queued > 0) words.push(`${queued} queued`);
  const events = report?.events ?? [];
  if (events.length > 0) words.push(`its event loop has ${events.join(", ")}`);
  return { worker: slot, doing, stack, suspended, queued, busySeconds: doing === "runs" ? busy : 0, line: words.join("; ") };
}

function textOf(verdict: WhyStuck["verdict"], it: Explainer, workers: readonly WorkerDoing[]): string {
  const lines: string[] = [];
  for (const cycle of it.cycleTexts)
    lines.push("A cycle: these wait for each other, and none of them can ever go on.", cycle, "");
  const tell = (waiting: Waiting, indent: string): void => {
    lines.push(indent + waiting.line);
    for (const next of waiting.waitsFor) tell(next, `${indent}  `);
  };
  for (const root of it.waits) tell(root, "");
  if (verdict === "idle") lines.push("Nobody waits for anything of heddle.");
  if (workers.length > 0 && lines.length > 0) lines.push("");
  for (const { worker, line } of workers) lines.push(`worker ${worker}: ${line}`);
  return lines.join("\n");
}

explainSerialWith(() => {
  const runtime = startedRuntime();
  return runtime === null ? "" : `\n${whyStuckHere(runtime)}`;
});
