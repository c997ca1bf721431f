/** How futures are settled and bodies end: who waits is told, the scope counts, the hooks are called. */
import { Future } from "./core.ts";
import { Gathering } from "./gathering.ts";
import { moreOf, NOTHING, rareOf } from "./more.ts";
import { serialPlaces } from "./places.ts";
import { State } from "./state.ts";
import { getPort } from "./thread.ts";
import { addWaiter, callWaiter, callWaiters, type Waiter } from "./waiters.ts";
import { watch } from "./watch.ts";

const { SHARED, DONE, FAILED, CANCELLED } = State;

/** The value of a settled future; throws its error. */
export function settledValue(future: Future<unknown>): unknown {
  if (future.state === DONE) return future.a0;
  moreOf(future).observed = true;
  throw future.a0;
}

/** Tells `waiter` once the future is settled: at once if it is, else from the scheduler. */
export function whenSettled(future: Future<unknown>, waiter: Waiter): void {
  if (serialPlaces !== null) waiter = serialPlaces.following(waiter);
  if (future.state === SHARED && future.more === null) return (future.a0 as Gathering).wait(future.a1 as number, waiter);
  const more = moreOf(future);
  more.observed = true;
  if (future.state < DONE && more.rare.remote !== null) more.rare.remote.awaited();
  if (future.state >= DONE) callWaiter(waiter, future);
  else more.waiters = addWaiter(more.waiters, waiter);
}

/** Settles a future and tells everybody who waits. A settled future stays as it is. */
export function settle(future: Future<unknown>, state: number, value: unknown): void {
  if (future.state >= DONE) return;
  if (watch === null) settleNow(future, state, value);
  else watch.settles(future, () => settleNow(future, state, value));
}

function settleNow(future: Future<unknown>, state: number, value: unknown): void {
  const together = future.state === SHARED && future.a0 instanceof Gathering ? future.a0.takeWaiters(future.a1 as number) : null;
  future.a0 = value;
  future.a1 = future.a2 = undefined;
  future.state = state;
  const { more } = future;
  const waiters = more === null ? null : more.waiters;
  if (more !== null) {
    more.args = more.waiters = null;
    if (more.rare !== NOTHING) rareOf(future).onCancel = rareOf(future).of = null;
  }
  if (waiters !== null || together !== null) {
    callWaiters(together, future);
    callWaiters(waiters, future);
  } else if (state === FAILED && future.scope === null) failedUnobserved(future);
}

/** A failure outside every finish scope that nobody waits for yet: kept with the parent while that can still look. */
function failedUnobserved(future: Future<unknown>): void {
  let parent = future.owner;
  while (parent !== null && !(parent instanceof Future)) parent = parent.owner;
  if (parent !== null && parent.state < DONE) (rareOf(parent).unobserved ??= []).push(future);
  else if (future.more?.observed !== true) (future.more?.port ?? getPort())?.unhandled(future);
}
/** The body has ended. Its future may have been settled before, by a cancellation. */
export function ended(future: Future<unknown>, state: number, value: unknown): void {
  if (watch === null) endNow(future, state, value);
  else watch.ends(future, () => endNow(future, state, value));
}

function endNow(future: Future<unknown>, state: number, value: unknown): void {
  const { more, scope } = future;
  if (more !== null && more.rare !== NOTHING) {
    endBody(future, true);
    const { unobserved } = more.rare;
    if (unobserved !== null) {
      for (const child of unobserved) if (child.more?.observed !== true) (child.more?.port ?? getPort())?.unhandled(child);
      rareOf(future).unobserved = null;
    }
  }
  const cancelled = future.state === CANCELLED;
  settle(future, state, value);
  if (scope !== null) {
    if (state === FAILED && !cancelled) scope.fail(value, future);
    scope.leave();
  }
}

/** A PRIVATE task that cannot start. */
export function failBeforeStart(future: Future<unknown>, error: unknown): void {
  endBody(future, true);
  settle(future, FAILED, error);
  future.scope?.fail(error, future);
  future.scope?.leave();
}

/** Calls the hooks of `onEnd`, once. */
export function endBody(future: Future<unknown>, here: boolean): void {
  const hooks = future.more === null ? null : future.more.rare.onEnd;
  if (hooks === null) return;
  rareOf(future).onEnd = null;
  for (const hook of hooks) hook(here);
}
