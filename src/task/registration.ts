/** Memberships of phasers: what each member does, how far it has come, and when its membership ends. */
import { UsageError } from "../errors.ts";
import type { Future } from "../sched/core.ts";
import type { Scope } from "../sched/scope.ts";
import { onLeaveBody } from "./finish.ts";
import type { Phaser } from "./phaser.ts";

/** What a member of a phaser does in each phase. */
export type PhaserMode = "signal" | "wait" | "signalWait";

/**
 * The membership of one task. Plain data but for the phaser, since it travels with the task.
 * @internal
 */
export interface Registration {
  readonly phaser: Phaser;
  readonly mode: PhaserMode;
  /** Address of the record of a member that signals; 0 for one that only waits. */
  readonly record: number;
  /** The phase that it signals next. */
  signals: number;
  /** The phase whose end it waits for next. */
  waits: number;
  left: boolean;
}

/** The membership of a task that may run at another place: travels as such. `record` stands in for it here. @internal */
export class FarRegistration implements Registration {
  readonly phaser: Phaser;
  readonly mode: PhaserMode;
  readonly record: number;
  /** What is shared with the communication thread about it; 0 without a record. */
  readonly ticket: number;
  signals: number;
  waits: number;
  left = false;

  constructor({ phaser, mode, record, signals, waits }: Registration, ticket: number) {
    this.phaser = phaser;
    this.mode = mode;
    this.record = record;
    this.ticket = ticket;
    this.signals = signals;
    this.waits = waits;
  }
}

/** The memberships of this thread that did not begin with a spawn, and whose they are: null outside of tasks. @internal */
export const memberships = new Map<Registration, Future<unknown> | null>();

export const signals = (mode: PhaserMode): boolean => mode !== "wait";
export const waits = (mode: PhaserMode): boolean => mode !== "signal";

export function checkMode(mode: unknown): void {
  if (mode === "signal" || mode === "wait" || mode === "signalWait") return;
  throw new UsageError(`phaser: the mode is ${String(mode)}; it must be "signal", "wait" or "signalWait"`);
}

const ends = new WeakMap<Scope, (() => void)[]>();

/** When the body of the finish scope ends, `end` is called. */
export function endWith(scope: Scope, end: () => void): void {
  const list = ends.get(scope);
  if (list === undefined) ends.set(scope, [end]);
  else list.push(end);
}

onLeaveBody((scope) => {
  const list = ends.get(scope);
  if (list === undefined) return;
  ends.delete(scope);
  for (const end of list) end();
});
