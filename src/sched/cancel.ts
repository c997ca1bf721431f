/** Cancellation inside one thread: what has not started never starts, what runs is told, who waits hears at once. */
import { CancelledError } from "../errors.ts";
import type { Frame, Future } from "./core.ts";
import type { Gathering } from "./gathering.ts";
import { nameOf, rareOf } from "./more.ts";
import { openScopes, Scope } from "./scope.ts";
import { endBody, settle } from "./settling.ts";
import { State } from "./state.ts";
import { resume, suspended } from "./suspend.ts";
import { getPort, noteCancellation, syncFrame } from "./thread.ts";
import { tracer } from "./tracing.ts";

export const asCancellation = (future: Future<unknown>, reason: unknown): CancelledError =>
  reason instanceof CancelledError
    ? reason
    : new CancelledError(`${nameOf(future)} was cancelled`, reason === undefined ? undefined : { cause: reason });

/** Returns false when the future was settled already. */
export function cancel(future: Future<unknown>, reason: unknown): boolean {
  if (future.state >= State.DONE) return false;
  noteCancellation();
  tracer.cancelled(future);
  const error = asCancellation(future, reason);
  switch (future.state) {
    case State.PRIVATE:
      endBody(future, true);
      settle(future, State.CANCELLED, error);
      future.scope?.leave();
      return true;
    case State.SHARED:
      (future.more?.port ?? (future.a0 as Gathering).port).cancelPromoted(future);
      settle(future, State.CANCELLED, error);
      return true;
    case State.PROMISED: {
      const onCancel = future.more?.rare.onCancel ?? null;
      settle(future, State.CANCELLED, error);
      onCancel?.(error);
      future.scope?.leave();
      return true;
    }
    default:
      cancelStarted(future, error);
      return true;
  }
}

/** A task of this thread that has begun: those who wait hear of it now; its body ends in its own time. */
export function cancelStarted(future: Future<unknown>, error: unknown): void {
  if (future.state >= State.DONE) return;
  noteCancellation();
  settle(future, State.CANCELLED, error);
  const { more } = future;
  if (more !== null) {
    more.rare.abort?.abort(error);
    if (more.rare.generator !== null) {
      rareOf(future).tell = { error };
      if (more.rare.awaits !== null) resume(future);
    }
  }
  cancelDescendants(future, error, null);
}

/** All that has begun or been promoted below `ancestor` in this thread hears of it, but for `except` and its ancestors. */
export function cancelDescendants(ancestor: Frame, reason: unknown, except: Future<unknown> | null): void {
  const below = (frame: Frame): boolean => {
    for (let up = frame.owner; up !== null; up = up.owner) if (up === ancestor) return true;
    return false;
  };
  const spared = new Set<Frame>();
  for (let up: Frame | null = except; up !== null; up = up.owner) spared.add(up);
  const concerned = (frame: Frame): boolean => below(frame) && !spared.has(frame);
  const tell = (frame: Frame): void => {
    if (!concerned(frame)) return;
    if (frame instanceof Scope) frame.cancel(reason, except);
    else cancelStarted(frame, asCancellation(frame, reason));
  };
  for (let up = syncFrame(); up !== null; up = up.owner) tell(up);
  for (const future of [...suspended]) tell(future);
  for (const scope of [...openScopes]) tell(scope);
  const port = ancestor instanceof Scope && ancestor.port !== null ? ancestor.port : getPort();
  port?.cancelPromotedBelow(concerned, reason);
}
