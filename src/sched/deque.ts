/** Taking tasks from this thread's private deque: the newest to run, the oldest to promote. See README.md, "The private deque". */
import { beginTop, cancelBeforeStart, Future, mustNotStart } from "./core.ts";
import { Body } from "./definition.ts";
import { State } from "./state.ts";
import { getPort, thread } from "./thread.ts";

const { PRIVATE } = State;

/**
 * Runs the newest private task that lies at or above `mark`. An async task begins only where the event loop can turn
 * again, in the worker's own loop; on a waiting stack it is put aside for that.
 */
export function runAbove(mark: number): boolean {
  if (thread.top - thread.head > 1) getPort()?.share();
  while (thread.top > mark) {
    const future = thread.items[thread.top - 1] as Future<unknown> | null;
    if (future === null || future.state !== PRIVATE)
      thread.top--; // promoted from here, or joined, ended or cancelled where it lay
    else if (thread.at >= 0 && future.def.body === Body.ASYNC) {
      thread.items[--thread.top] = null;
      aside.push(future);
    } else {
      if (thread.head > thread.top) thread.head = thread.top;
      beginTop(future);
      return true;
    }
  }
  if (thread.head > thread.top) thread.head = thread.top;
  return false;
}

/** Async tasks that were met on a waiting stack. */
const aside: Future<unknown>[] = [];

/** Takes the oldest private task that may be promoted, or any with `evenLocal`; null when there is none. */
export function takeOldest(evenLocal = false): Future<unknown> | null {
  while (thread.head < thread.top) {
    const future = thread.items[thread.head] as Future<unknown> | null;
    if (future !== null && future.state === PRIVATE && (evenLocal || future.more?.local !== true)) {
      thread.items[thread.head++] = null;
      if (!thread.cancellation || !mustNotStart(future)) return future;
      cancelBeforeStart(future);
    } else {
      if (future !== null && future.state === PRIVATE) thread.passedLocal = true;
      thread.head++;
    }
  }
  return null;
}

/** Gives back what `takeOldest` returned last; with `local` behind the head, where it is not offered again. */
export function putBackOldest(future: Future<unknown>, local: boolean): void {
  if (local) thread.passedLocal = true;
  else thread.head--;
  thread.items[local ? thread.head - 1 : thread.head] = future;
}

/** The oldest private task for a waiting stack to run; async ones are put aside. */
export function takeOldestToNest(): Future<unknown> | null {
  if (thread.passedLocal) {
    for (let at = 0; at < thread.head; at++) {
      const entry = thread.items[at];
      if (!(entry instanceof Future) || entry.state !== PRIVATE || entry.def.body === Body.ASYNC) continue;
      thread.items[at] = null;
      return entry;
    }
  }
  for (;;) {
    const future = takeOldest(true);
    if (future === null || future.def.body !== Body.ASYNC) return future;
    aside.push(future);
  }
}

export const putAside = (): readonly Future<unknown>[] => aside;

/** Offers to others what was put aside: what `give` says yes to is theirs. */
export function giveAside(give: (future: Future<unknown>) => boolean): void {
  const kept = aside.filter((future) => future.state === PRIVATE && !give(future));
  aside.splice(0, aside.length, ...kept);
}

export function takeAside(): Future<unknown> | null {
  for (;;) {
    const future = aside.pop();
    if (future === undefined) return null;
    if (future.state === PRIVATE) return future;
  }
}

/** Without a task on the stack: forgets tasks that have ended, which would keep what they were given. Before a worker sleeps, perhaps for long. */
export function forgetEnded(): void {
  thread.items.fill(null, thread.top);
  thread.waits.length = 0;
}

/** With no task on the stack, what is left may start from position 0 again. */
export function compact(): void {
  const { items, top, head } = thread;
  if (top === 0) thread.passedLocal = false;
  if (top === 0 && items.length <= 65_536) return;
  if (top > 0 && head < 4096) return;
  const left = items.slice(0, top).filter((entry) => entry !== null && (entry as Future<unknown>).state === PRIVATE);
  thread.head = 0;
  thread.top = left.length;
  thread.items = left.concat(new Array<null>(1024).fill(null));
}
