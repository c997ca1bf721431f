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
const buffer = TraceBuffer.make({
  place: 0,
  slots: 1,
  capacity: 1 << 16,
  base: 0,
  foldNs: 0,
  adapts: false,
  exact: true,
  zero: 0,
});
const recorder = startTracing(buffer.shared, 0, () => now);
const reader = new RingReader(buffer, 0, true);
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
