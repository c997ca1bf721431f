/** A future with what a tracer notes of its task. */

import type { Frame } from "../core.ts";
import { Future } from "../core.ts";
import type { TaskDefinition } from "../definition.ts";
import type { Scope } from "../scope.ts";
import type { Kind } from "./kind.ts";
import type { Run } from "./run.ts";

/** What is known of a future's spawn: `tflag`. */
export const Told = { NO: 0, SPAWN: 1, FOLDED: 2, SCOPE: 3 } as const;

/** Futures that are made elsewhere get the same fields when they are first told of. */
export class TracedFuture extends Future<unknown> {
  // `declare`, and all of them set once: this is the path of the smallest tasks.
  /** Its number in this thread's events. */
  declare tn: number | undefined;
  /** Where in its parent it was spawned: segment, path, work; when, in ticks. Once folded, `tpath` is where it has ended; once told apart, `tat` is when. */
  declare tseg: number;
  declare tpath: number;
  declare twork: number;
  declare tat: number;
  declare tflag: number;
  /** What is known of its definition, if it is a plain task that was spawned the usual way. */
  declare tkind: Kind | undefined;
  /** When it was spawned (ns), where that is worth a number on the engine's heap. */
  declare texact?: number;
  /** Of a body that suspends, between its beginning and its end. Plain ones are found on the stack: to store that here would cost a write barrier. */
  declare trun?: Run | null;

  constructor(
    state: number,
    def: TaskDefinition,
    owner: Frame,
    scope: Scope | null,
    a0: unknown,
    a1: unknown,
    a2: unknown,
    n: number,
    seg: number,
    path: number,
    work: number,
    tick: number,
    kind: Kind | undefined,
  ) {
    super(state, def, owner, scope, a0, a1, a2);
    this.tn = n;
    this.tseg = seg;
    this.tpath = path;
    this.twork = work;
    this.tat = tick;
    this.tflag = Told.NO;
    this.tkind = kind;
  }
}
