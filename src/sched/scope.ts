import { CancelledError } from "../errors.ts";
import { copyErrorBeside } from "./beside.ts";
import { cancelDescendants } from "./cancel.ts";
import type { Frame, Future } from "./core.ts";
import { serialPlaces } from "./places.ts";
import type { Port } from "./port.ts";
import type { SpawnSite } from "./spawn-site.ts";
import { State } from "./state.ts";
import { noteCancellation } from "./thread.ts";

/** A finish scope, as one thread sees it: counts the tasks spawned below it that have not ended, gathers their failures. */
export class Scope {
  state: number = State.RUNNING;
  /** The frame that opened it. */
  readonly owner: Frame | null;
  /** Tasks spawned while this is the frame belong to it. */
  readonly scope: Scope = this;
  /** Some stack waits for it: no async task may be among its tasks. */
  readonly blocking: boolean;
  /** Failures do not cancel the rest. */
  readonly keepGoing: boolean;
  pending = 0;
  failures: unknown[] = [];
  /** A failure that the owner of a stolen task has heard of by its result. */
  reported: unknown = undefined;
  /** Why it was cancelled. */
  reason: unknown = undefined;
  /** Called each time the count comes to nothing. */
  onQuiet: ((scope: Scope) => void) | null = null;
  onFailure: ((error: unknown, scope: Scope) => void) | null = null;
  /** Of the part of a scope whose task was stolen: the cell that it came in. */
  cell = 0;
  /** Who knows the tasks of a scope that was opened outside of tasks; else the thread's own port. */
  port: Port | null = null;
  /** Where it was opened, in serial mode over several places. */
  declare place?: number;
  /** Its number in the events of a thread that is traced. */
  declare tn?: number;
  /** Where it was opened. */
  site: SpawnSite | undefined = undefined;

  constructor(owner: Frame | null, keepGoing: boolean, blocking: boolean) {
    this.owner = owner;
    this.keepGoing = keepGoing;
    this.blocking = blocking;
    if (serialPlaces !== null) this.place = serialPlaces.here();
    if (owner !== null && (owner.state === State.CANCELLED || owner.scope?.state === State.CANCELLED)) {
      this.state = State.CANCELLED;
      this.reason = owner.scope?.reason;
    }
  }

  /** A task of the scope, with all that it spawned for it, has ended. */
  leave(): void {
    if (--this.pending === 0 && this.onQuiet !== null) this.onQuiet(this);
  }

  /** Notes a failure, once, and cancels the rest unless it is to keep going. `from` is the task that failed. */
  fail(error: unknown, from: Future<unknown> | null): void {
    if (this.place !== undefined && from !== null) {
      const at = from.def.home ?? from.def.place ?? this.place;
      error = copyErrorBeside(error, at, this.place);
    }
    if (error instanceof CancelledError && this.state === State.CANCELLED) return;
    if (this.failures.includes(error)) return;
    this.failures.push(error);
    this.onFailure?.(error, this);
    if (!this.keepGoing) this.cancel(error, from);
  }

  /** What has not started does not start; what runs is told, but for `from` and its ancestors, who see for themselves. */
  cancel(reason: unknown, from: Future<unknown> | null = null): void {
    if (this.state === State.CANCELLED) return;
    this.state = State.CANCELLED;
    this.reason = reason;
    noteCancellation();
    cancelDescendants(this, reason, from);
  }
}

/** Scopes that a suspended task, or nobody's stack, holds open. */
export const openScopes = new Set<Scope>();
