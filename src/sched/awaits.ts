/**
 * Who waits for what, where only the engine would know: `await` in async tasks, and of promises outside of tasks; dataflow that
 * waits for its inputs. For whyStuck alone: nothing here decides anything.
 */
import { type Frame, type Future, runningTask } from "./core.ts";
import { Body } from "./definition.ts";
import { rareOf } from "./more.ts";
import { serialPlaces } from "./places.ts";
import { siteIfCheap } from "./spawn-site.ts";
import { State } from "./state.ts";
import { currentFrame } from "./thread.ts";

export interface Await {
  /** Null outside of tasks. */
  readonly by: Frame | null;
  readonly on: Future<unknown>;
  /** Outside of tasks, in serial mode over several places: where. Else -1. */
  readonly place: number;
}

/** Remembers where a future was made, now and then; see siteIfCheap. */
export function noteSite(future: Future<unknown>): void {
  if (future.state >= State.DONE || future.more?.rare.spawnSite !== undefined) return;
  const site = siteIfCheap();
  if (site === undefined) return;
  rareOf(future).spawnSite = site;
  newest[noted++ % newest.length] = new WeakRef(future);
}

/** Those whose sites were noted last: a promise that only dataflow waits for is known by nothing else. */
const newest: (WeakRef<Future<unknown>> | undefined)[] = new Array(1024).fill(undefined);
let noted = 0;

export function* sitedFutures(): Generator<Future<unknown>> {
  for (const ref of newest) {
    const future = ref?.deref();
    if (future !== undefined && future.state < State.DONE) yield future;
  }
}

/** So many are known at most: of those that nobody will ever settle, the oldest are forgotten. */
const MOST = 16_384;

const pending = new Set<Await>();

/** Somebody awaits a pending future. Null for the tasks of a client that are awaited outside of tasks: it knows those by itself. */
export function noteAwait(on: Future<unknown>): Await | null {
  const by = currentFrame();
  const task = by === null ? null : runningTask(by);
  if (task !== null && task.def.body !== Body.ASYNC) return null; // it only wants to hear of it
  if (by === null && (on.state === State.SHARED || (on.state === State.PRIVATE && on.more?.port != null))) return null;
  if (pending.size >= MOST)
    for (const oldest of pending) {
      pending.delete(oldest);
      break;
    }
  const it = { by, on, place: by === null && serialPlaces !== null ? serialPlaces.here() : -1 };
  pending.add(it);
  return it;
}

export function forgetAwait(it: Await): void {
  pending.delete(it);
}

export const awaits = (): Iterable<Await> => pending;

const dataflow = new Set<Future<unknown>>();

/** A task that is to be spawned when its inputs are there. */
export function noteDataflow(future: Future<unknown>): void {
  dataflow.add(future);
}

export function forgetDataflow(future: Future<unknown>): void {
  dataflow.delete(future);
}

export const waitingDataflow = (): Iterable<Future<unknown>> => dataflow;
