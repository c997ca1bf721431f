/** Tracing the serial scheduler under a clock that only `takes` moves: what is measured then does not depend on any machine. */
import "../../src/index.ts";
import { startTracing } from "../../src/sched/trace-start.ts";
import { TraceBuffer } from "../../src/trace/buffer.ts";
import type { TraceEvent } from "../../src/trace/events.ts";
import { buildGraph, Definitions, type Graph } from "../../src/trace/graph.ts";
import { RingReader } from "../../src/trace/ring-reader.ts";
import { type Span, spanOf } from "../../src/trace/span.ts";

let now = 0;
/** The running task works for so long (ns). */
export function takes(ns: number): void {
  now += ns;
}

process.env.HEDDLE_WORKERS = "0";
/** The thread is traced as if it were a worker, and short pieces of tasks that suspend are not drawn. */
const asWorker = process.env.TRACE_AS_WORKER !== undefined;
const slot = asWorker ? 1 : 0;
const buffer = TraceBuffer.make({
  place: 0,
  slots: 2,
  capacity: 1 << 16,
  base: 0,
  foldNs: 0,
  adapts: false,
  exact: !asWorker,
  zero: 0,
});
const recorder = startTracing(buffer.shared, slot, () => now);
const reader = new RingReader(buffer, slot, true);
const definitions: TraceEvent[] = [];

export interface Recorded {
  readonly events: TraceEvent[];
  readonly graph: Graph;
  readonly span: Span;
}

/** Runs `body` and returns what was recorded. `fold`: subtrees that take less (ns) are folded. */
export async function record(body: () => Promise<unknown>, { fold = 0, burden = 0 } = {}): Promise<Recorded> {
  recorder.fold = fold;
  await body();
  recorder.checkpoint();
  const events: TraceEvent[] = [];
  reader.take((event) => (event.kind === "define" ? definitions : events).push(event));
  const graph = buildGraph(events, new Definitions(definitions));
  return { events, graph, span: spanOf(graph, burden) };
}
