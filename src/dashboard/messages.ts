/** What the server says to pages: one `Hello` for each connection, then a `Tick` several times a second, an `End` at last. */

/** A thread, as the page draws it. Its number is its place in `Board.lanes`. */
export interface Lane {
  readonly name: string;
  /** What it belongs to: "heddle-1", "place 2". Empty for the main thread of the only place. */
  readonly group: string;
  readonly place: number;
  /** Whether its state can be seen from outside: false for the main thread. */
  readonly sampled: boolean;
  /** Its place is gone. */
  readonly lost?: boolean;
}

/** Figures of one lane. Counters are totals since the start. */
export interface LaneFigures {
  /** Parts of the time since the last tick, 0 to 1: running tasks, waiting in a join, looking for work, parked. */
  readonly running: number;
  readonly joining: number;
  readonly searching: number;
  readonly parked: number;
  readonly executed: number;
  readonly promoted: number;
  readonly stolen: number;
  readonly sleeps: number;
  /** Tasks in its rings, which others can take; tasks in its private deque when it last said so. */
  readonly stealable: number;
  readonly private: number;
}

/** One moment of the curves: seconds since the start, then rates and levels. */
export interface Point {
  readonly t: number;
  readonly tasks: number;
  readonly busy: number;
  readonly steals: number;
  readonly promotions: number;
  readonly queued: number;
  readonly heap: number;
}

export const SliceKind = { TASK: 0, SMALL: 1, JOIN: 2, PARKED: 3, SPAN: 4, MARK: 5 } as const;

/** lane, from and to in ms since the start, number of the name, kind. */
export type Slice = readonly [lane: number, from: number, to: number, name: number, kind: number];

/** All tasks of one definition. Times are their own, without children. */
export interface TaskRow {
  readonly name: string;
  readonly at: string;
  readonly count: number;
  readonly totalMs: number;
  readonly failed: number;
}

export interface Failure {
  readonly id: number;
  /** The task's name; "the program", "worker 2". */
  readonly what: string;
  /** Where, if that is one of several places. */
  readonly place: number | null;
  /** Seconds since the start. */
  readonly t: number;
  readonly text: string;
  /** How often the same has happened. */
  count: number;
}

export interface Heap {
  readonly used: number;
  readonly peak: number;
  readonly capacity: number;
}

export interface End {
  readonly kind: "end";
  /** Seconds since the start. */
  readonly t: number;
  readonly exitCode: number;
  readonly interrupted: boolean;
  /** Whether the server stays. */
  readonly stays: boolean;
}

export interface About {
  readonly program: string;
  readonly pid: number;
  readonly node: string;
  readonly cores: number;
  /** How many places there are. */
  readonly places: number;
  /** In how many processes they are. */
  readonly processes: number;
  /** Tasks are traced: names, slices, failures of tasks, and a file that can be saved. */
  readonly traced: boolean;
}

/** Whatever changes while the program runs. */
export interface Tick {
  readonly kind: "tick";
  readonly point: Point;
  readonly lanes: readonly Lane[];
  readonly figures: readonly LaneFigures[];
  readonly heap: Heap;
  /** Names that slices use, from number `namesFrom` on. */
  readonly namesFrom: number;
  readonly names: readonly string[];
  readonly slices: readonly Slice[];
  readonly tasks: readonly TaskRow[];
  /** Failures that are new, or have happened again. */
  readonly failures: readonly Failure[];
  /** Tasks that have failed so far, and failures that are not in the list since there were too many different ones. */
  readonly failed: number;
  readonly unlisted: number;
  /** Events that did not fit into the trace, and those that came too fast for the page. */
  readonly lost: number;
  readonly missed: number;
  /** Places that do not answer: their figures are old. */
  readonly silent: readonly number[];
}

export interface Hello {
  readonly kind: "hello";
  readonly about: About;
  readonly history: readonly Point[];
  /** The state so far, with all names, failures and what slices are still kept. */
  readonly tick: Tick;
  readonly end: End | null;
}

export type Message = Hello | Tick | End;
