/** The commonest records, written field by field: `RingWriter.write` would cost ten times as much. */
import { EVENTS } from "../../trace/events.ts";
import type { RingWriter } from "../../trace/ring.ts";
import type { Batch, Run } from "./run.ts";

export function writeSpawn(
  ring: RingWriter,
  def: number,
  time: number,
  future: { readonly tn: number | undefined; readonly tseg: number; readonly tpath: number; readonly twork: number },
  parent: number,
  scope: number,
): void {
  const word = ring.reserve();
  if (word < 0) return;
  const { i32, f64 } = ring;
  i32[word] = EVENTS.spawn.code | (def << 8);
  i32[word + 1] = future.tn!;
  f64[(word + 2) >>> 1] = time;
  i32[word + 4] = parent;
  i32[word + 5] = future.tseg;
  i32[word + 6] = future.tpath;
  i32[word + 7] = future.twork;
  i32[word + 8] = scope;
  ring.publish();
}

export function writeBegin(ring: RingWriter, def: number, run: Run): void {
  const word = ring.reserve();
  if (word < 0) return;
  const { i32, f64 } = ring;
  i32[word] = EVENTS.begin.code | (def << 8);
  i32[word + 1] = run.n;
  f64[(word + 2) >>> 1] = run.begin;
  ring.publish();
}

/** `begin` is -1 for a task that did not run in one piece. */
export function writeEnd(ring: RingWriter, def: number, run: Run, status: number, begin: number, time: number): void {
  const word = ring.reserve();
  if (word < 0) return;
  const { i32, f64 } = ring;
  i32[word] = EVENTS.end.code | (status << 8);
  i32[word + 1] = run.n;
  f64[(word + 2) >>> 1] = time;
  f64[(word + 4) >>> 1] = begin;
  i32[word + 6] = run.path;
  i32[word + 7] = run.self + run.inner;
  i32[word + 8] = run.detached;
  i32[word + 9] = run.folded;
  i32[word + 10] = run.seg;
  i32[word + 11] = def;
  ring.publish();
}

export function writeSegment(ring: RingWriter, run: Run, time: number, dep: number, on: number, a: number, b: number): void {
  const word = ring.reserve();
  if (word < 0) return;
  const { i32, f64 } = ring;
  i32[word] = EVENTS.segment.code | (dep << 8);
  i32[word + 1] = run.n;
  f64[(word + 2) >>> 1] = time;
  i32[word + 4] = run.path;
  i32[word + 5] = run.self + run.inner;
  i32[word + 6] = run.detached;
  i32[word + 7] = run.seg;
  f64[(word + 8) >>> 1] = on;
  i32[word + 10] = a;
  i32[word + 11] = b;
  ring.publish();
}

export function writeBatch(ring: RingWriter, def: number, parent: number, batch: Batch): void {
  const word = ring.reserve();
  if (word < 0) return;
  const { i32, f64 } = ring;
  i32[word] = EVENTS.batch.code | (def << 8);
  i32[word + 1] = parent;
  f64[(word + 2) >>> 1] = batch.end;
  f64[(word + 4) >>> 1] = batch.begin;
  i32[word + 6] = batch.work;
  i32[word + 7] = batch.count;
  i32[word + 8] = batch.at;
  i32[word + 9] = batch.joined === Number.POSITIVE_INFINITY ? -1 : batch.joined;
  i32[word + 10] = batch.path;
  i32[word + 11] = batch.seg;
  ring.publish();
}
