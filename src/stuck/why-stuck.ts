import { UsageError } from "../errors.ts";
import { workerHere } from "../sched/here.ts";
import { Park } from "../sched/parking.ts";
import { sinceClock } from "../sched/rest.ts";
import { explainSerialWith } from "../sched/serial.ts";
import { getPort } from "../sched/thread.ts";
import { load } from "../shared/atomics.ts";
import { Control, Slot, slotWord } from "../shared/layout.ts";
import { type Runtime, startedRuntime } from "../task/runtime.ts";
import { askWorkers, reportHere } from "./ask.ts";
import { Explainer, type Waiting } from "./explain.ts";
import { type Graph, makeGraph, type Node } from "./graph.ts";
import type { ThreadReport } from "./report.ts";
import { globalSlot, locate, type PlaceView, placeOfSlot, slotInPlace, type WireReport } from "./views.ts";
import { type Facts, nounOf, shortened } from "./words.ts";

/** What one worker does. */
export interface WorkerDoing {
  /** Its place, 0 where there is one. */
  readonly place: number;
  /** From 1 in each place. */
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
  /** Places that have not answered. */
  readonly silent: readonly number[];
  /** All of it as text of several lines. */
  toString(): string;
}

/**
 * Says who waits for what: the chains of tasks, futures, promises, phasers and finish scopes, with names and the places where they were spawned;
 * cycles among them; and worker by worker what it does. Workers that sleep or wait answer by themselves; one that is busy in a task is
 * interrupted for a moment to be asked where it is. Spawns inside tasks tell their places with HEDDLE_SPAWN_SITES=1, which
 * `heddle run --watch-stuck` sets.
 *
 * On several places, all of them are asked: chains and cycles lead from one to another.
 *
 * For the thread that starts runtimes; about the runtime that applies there. Never blocks; takes a few milliseconds, up to a second for
 * each worker that cannot be interrupted, and for places that do not answer.
 *
 * @throws UsageError `HEDDLE_USAGE` in a worker.
 */
export async function whyStuck(): Promise<WhyStuck> {
  if (workerHere() !== null) {
    throw new UsageError("whyStuck() was called in a task: it asks all workers, and is for the thread that started the runtime");
  }
  const runtime = startedRuntime();
  if (runtime === null) return explained([], null);
  return whyStuckOf(runtime);
}

/** How other places are asked; see ../place/stuck.ts. */
export interface Elsewhere {
  /** What the communication thread of this place has under way; null when it does not answer. */
  wire(runtime: Runtime): Promise<WireReport | null>;
  /** What the other places say, as far as they answer. */
  views(runtime: Runtime): Promise<PlaceView[]>;
}

let elsewhere: Elsewhere | null = null;
export function explainPlacesWith(it: Elsewhere): void {
  elsewhere = it;
}

const placeOf = (runtime: Runtime): number => runtime.here.mem.i32[Control.PLACE]!;
const placesOf = (runtime: Runtime): number => runtime.here.mem.i32[Control.OTHER_PLACES]! + 1;

/** As `whyStuck`, of one runtime. */
export async function whyStuckOf(runtime: Runtime): Promise<WhyStuck> {
  if (runtime.client === null || runtime.team === null) return whyStuckHere(runtime);
  return explained(await viewsOf(runtime), runtime);
}

async function viewsOf(runtime: Runtime): Promise<PlaceView[]> {
  const several = placesOf(runtime) > 1;
  const [own, others] = await Promise.all([viewOf(runtime), several ? elsewhere!.views(runtime) : []]);
  return [own, ...others].sort((a, b) => a.place - b.place);
}

/** When (ms) a signal has last asked here, and for how long that counts. */
let signalled = Number.NEGATIVE_INFINITY;
const SIGNALLED_MS = 3000;

/** As `whyStuckOf`, for a signal, which launchers send to all ranks: null where a place before this one has got it as well, and says the same. */
export async function whyStuckBySignal(runtime: Runtime): Promise<WhyStuck | null> {
  signalled = performance.now();
  const place = placeOf(runtime);
  const views = await viewsOf(runtime);
  return views.some((it) => it.place < place && it.signalled === true) ? null : explained(views, runtime);
}

/** What this place says of itself. For the thread that started its runtime. */
export async function viewOf(runtime: Runtime): Promise<PlaceView> {
  const { client, team, workers, here } = runtime;
  const { i32 } = here.mem;
  const slots = workers + 1;
  const parks = Array.from({ length: slots }, (_, slot) => parkOf(i32, slot)); // before they are woken by the question
  const wire = placesOf(runtime) > 1 ? await elsewhere!.wire(runtime) : null;
  const reports = await askWorkers(client!, team!, slots);
  reports[0] = reportHere(client!.station, client);
  const busy = parks.map((_, slot) => (slot === 0 ? 0 : sinceClock(here.mem.f64, slot) / 1000));
  const located = locate(reports, wire, i32, client!.station.map);
  return {
    place: placeOf(runtime),
    reports,
    parks,
    busy,
    wire,
    located,
    signalled: performance.now() - signalled < SIGNALLED_MS,
  };
}

/** As `whyStuck`, at once, as far as this thread alone knows. `interrupted`: in the midst of what it does. */
export function whyStuckHere(runtime: Runtime, interrupted = false): WhyStuck {
  const { client, here } = runtime;
  const report = reportHere(client?.station ?? null, client ?? getPort(), interrupted);
  const located = client === null ? [] : locate([report], null, here.mem.i32, client.station.map);
  return explained(
    [{ place: placeOf(runtime), reports: [report], parks: [], busy: [], wire: null, located, signalled: false }],
    runtime,
  );
}

const parkOf = (i32: Int32Array, slot: number): number =>
  slot > 0 && load(i32, slotWord(slot) + Slot.STARTED) === 0 ? NOT_STARTED : load(i32, slotWord(slot) + Slot.PARK);

function explained(views: readonly PlaceView[], runtime: Runtime | null): WhyStuck {
  const serial = runtime !== null && runtime.client === null;
  const places = runtime === null ? 1 : placesOf(runtime);
  const graph = makeGraph(views, places);
  const viewAt = (slot: number): PlaceView | undefined => views.find((it) => it.place === placeOfSlot(slot));
  const facts: Facts = {
    several: places > 1,
    busySeconds: (slot) => (slotInPlace(slot) === 0 ? undefined : viewAt(slot)?.busy[slotInPlace(slot)]),
    events: (slot) => viewAt(slot)?.reports[slotInPlace(slot)]?.events,
  };
  const it = new Explainer(graph, facts, serial);
  const workers: WorkerDoing[] = [];
  for (const { place, reports, parks, busy } of views)
    for (let slot = 1; slot < parks.length; slot++)
      workers.push(describeWorker(place, slot, reports[slot] ?? null, parks[slot]!, graph, busy[slot]!));
  const silent =
    runtime === null ? [] : Array.from({ length: places }, (_, p) => p).filter((p) => !views.some((v) => v.place === p));
  const runs = workers.some((worker) => worker.doing === "runs") || graph.nodes.some((node) => isRunning(node));
  const verdict = it.cycles.length > 0 ? "cycle" : runs ? "running" : it.waits.length > 0 ? "waiting" : "idle";
  return {
    verdict,
    cycles: it.cycles,
    waits: it.waits,
    workers,
    silent,
    toString: () => textOf(verdict, it, workers, places > 1, silent),
  };
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

function describeWorker(
  place: number,
  slot: number,
  report: ThreadReport | null,
  park: number,
  graph: Graph,
  busy: number,
): WorkerDoing {
  const at = globalSlot(place, slot);
  const frames = graph.stackOf(at);
  const stack = frames.map((node) => node.name);
  const top = frames.at(-1) ?? graph.nodes.find((node) => node.slot === at && isRunning(node));
  const doing = doingOf(report, park, stack.length, top);
  const suspended = report?.suspended ?? 0;
  const queued = report?.queued ?? 0;
  const words: string[] = [];
  if (doing === "runs" || (doing === "does not answer" && top !== undefined)) {
    const line = top!.at === undefined ? "" : ` at ${shortened(top!.at)}`;
    const what = doing === "runs" ? "has been running" : "does not answer: it has been running";
    words.push(`${what} ${nounOf(top!)} for ${busy.toFixed(1)} s${line}`);
  } else if (doing === "waits") words.push(`waits inside ${nounOf(top!)}`);
  else words.push(doing);
  if (stack.length > 1) words.push(`on its stack: ${stack.join(" > ")}`);
  if (suspended > 0) words.push(`${suspended} suspended`);
  if (queued > 0) words.push(`${queued} queued`);
  const events = report?.events ?? [];
  if (events.length > 0) words.push(`its event loop has ${events.join(", ")}`);
  return {
    place,
    worker: slot,
    doing,
    stack,
    suspended,
    queued,
    busySeconds: doing === "runs" ? busy : 0,
    line: words.join("; "),
  };
}

function textOf(
  verdict: WhyStuck["verdict"],
  it: Explainer,
  workers: readonly WorkerDoing[],
  several: boolean,
  silent: readonly number[],
): string {
  const lines: string[] = [];
  for (const cycle of it.cycleTexts) {
    const alone = cycle.split("\n").length === 2;
    const who = alone
      ? "this waits for itself, and can never go on"
      : "these wait for each other, and none of them can ever go on";
    lines.push(`A cycle: ${who}.`, cycle, "");
  }
  const tell = (waiting: Waiting, indent: string): void => {
    lines.push(indent + waiting.line);
    for (const next of waiting.waitsFor) tell(next, `${indent}  `);
  };
  for (const root of it.waits) tell(root, "");
  if (verdict === "idle") lines.push("Nobody waits for anything of heddle.");
  if (workers.length > 0 && lines.length > 0) lines.push("");
  for (const { place, worker, line } of workers) lines.push(`${several ? `place ${place}, ` : ""}worker ${worker}: ${line}`);
  for (const place of silent) lines.push(`place ${place} does not answer: its main thread is busy, or it is gone`);
  return lines.join("\n");
}

explainSerialWith(() => {
  const runtime = startedRuntime();
  return runtime === null ? "" : `\n${whyStuckHere(runtime)}`;
});
