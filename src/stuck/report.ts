/** What one thread says of itself, as plain data: who waits there for what. */

export type Kind =
  | "main"
  | "task"
  | "generator"
  | "async"
  | "promise"
  | "future"
  | "finish"
  | "phase"
  | "phaser"
  | "whenAll"
  | "whenAny"
  | "stream"
  /** What other places are asked for. */
  | "operation"
  | "collective"
  | "lock";

export type Doing =
  /** It is on the stack, and nothing that it waits for is known. */
  | "running"
  /** It waits for `waits`; an async task may wait for something that no future stands for. */
  | "waiting"
  /** It can go on, and its thread has not come to it. */
  | "ready"
  | "queued"
  /** Another thread may have it. */
  | "out"
  /** It has ended, and what it has spawned for its finish scope has not. */
  | "subtree"
  /** Nothing computes it. */
  | "pending"
  | "ended";

export interface Thing {
  readonly kind: Kind;
  readonly name: string;
  doing: Doing;
  /** The things that it waits for. */
  readonly waits: number[];
  /** What runs on the same stack above it, so that it could not go on anyway. */
  beneath?: number;
  /** Who spawned or made it. */
  by?: number;
  /** Where that was. */
  site?: string;
  /** Where the task is defined. */
  defined?: string;
  /** Where in its code it stands. */
  at?: string;
  /** The cell that it is in, by which several threads know it. */
  cell?: number;
  /** What all threads call it. */
  id?: number;
  /** What all places call it. */
  far?: string;
  /** Of a call of an object that runs alone: the object. */
  object?: number;
  /** It is another thread's, and stands for that one here. */
  remote?: true;
  /** It was cancelled and has not ended. */
  cancelled?: true;
  /** In words, what cannot be said otherwise. */
  detail?: string;
  /** A phaser's: the phase, how many have not signalled it, those of them that are this thread's. */
  phaser?: { phase: number; pending: number; late: number[] };
}

export interface ThreadReport {
  readonly slot: number;
  readonly things: readonly Thing[];
  /** The tasks on the stack, outermost first. */
  readonly stack: readonly number[];
  /** Tasks that have begun and wait off the stack. */
  readonly suspended: number;
  /** Tasks that lie here and have not begun. */
  readonly queued: number;
  /** Things that were left out, for there are too many. */
  readonly leftOut: number;
  /** What its event loop still has to bring: "2 Timeout". */
  readonly events: readonly string[];
}
