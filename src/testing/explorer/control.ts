/**
 * The explorer's own shared memory: everything that decides who runs next. Only the thread that holds the baton touches it
 * (and the main thread, which reads the schedule once an execution has stopped), so plain accesses suffice: the
 * baton's atomic store and load order them.
 */

export const MAX_THREADS = 16;
export const MAX_WAITERS = 32;

/** Word indices of single values. */
export const Word = {
  THREADS: 0,
  STEP_LIMIT: 1,
  STRATEGY: 2,
  /** Bound on preemptions of the depth-first search; -1 is none. */
  PREEMPTIONS: 3,
  /** How many priority changes PCT makes, plus one. */
  DEPTH: 4,
  TIMEOUTS: 5,
  /** 1: every operation is reported to the main thread. */
  RECORD: 6,
  RECORDED: 7,
  EXECUTION: 8,
  /** Choices made so far in this execution. */
  STEP: 9,
  /** The thread that was chosen last; -1 before the first choice. */
  CURRENT: 10,
  LONGEST: 11,
  /** Choices at the start of an execution that are given: a replay, or the depth-first search on its way to a branch. */
  PREFIX: 12,
  /** Operations so far that changed a word. */
  WRITES: 13,
  /** Orders the waiters: first in, first out, as the language prescribes. */
  ARRIVALS: 14,
  TIMEOUTS_FIRED: 15,
  RANDOM: 16,
  PRIORITY_FLOOR: 20,
  HALT: 21,
  /** How many executions at most. */
  EXECUTIONS: 22,
  /** 1: plain accesses are steps too. */
  PLAIN: 23,
} as const;

const PER_THREAD = 32;
/** First words of arrays with one entry for each thread; the conductor's baton follows those of the threads. */
export const Table = {
  BATON: PER_THREAD,
  STATE: PER_THREAD + 20,
  /** While BLOCKED: the entry in the table of waiters. */
  WAITER: PER_THREAD + 40,
  /** Step at which the thread paused or began to wait, so that the longest idle comes first; 0: it did not pause. */
  PAUSED: PER_THREAD + 60,
  /** Writes by others that the thread had seen when it paused. */
  SEEN: PER_THREAD + 80,
  OWN_WRITES: PER_THREAD + 100,
  PRIORITY: PER_THREAD + 120,
  CHANGE_POINT: PER_THREAD + 140,
  /** Writes by others that the thread had seen when its time limit ended last; -1: it never did. */
  TIMED_OUT_AT: PER_THREAD + 160,
} as const;

export const WAITERS = PER_THREAD + 192;
export const Waiter = { STATE: 0, THREAD: 1, WORD: 2, ARRIVAL: 3, TIMED: 4, SINCE: 5, SIZE: 6 } as const;

export const ThreadState = { RUNNABLE: 0, BLOCKED: 1, TURNING: 2, DONE: 3 } as const;
export const WaiterState = { FREE: 0, WAITING: 1, NOTIFIED: 2 } as const;
export const Timeouts = { idle: 0, never: 1, any: 2 } as const;
export const Strategies = { random: 0, pct: 1, dfs: 2, replay: 3, mixed: 4 } as const;

const STEPS = WAITERS + MAX_WAITERS * Waiter.SIZE;
const VALUE_BYTES = 16_384;

/** The views of one control buffer. */
export interface Control {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array<SharedArrayBuffer>;
  /** For each step: the thread that was chosen. */
  readonly choices: Int32Array<SharedArrayBuffer>;
  /** For each step of the depth-first search: a bit set of the candidates, and of those tried. */
  readonly candidates: Int32Array<SharedArrayBuffer>;
  readonly tried: Int32Array<SharedArrayBuffer>;
  /** For each step of the depth-first search: preemptions before it. */
  readonly preemptions: Int32Array<SharedArrayBuffer>;
  /** Serialized values: one area for each thread's result, then one for what `setup` returned. */
  readonly values: Uint8Array<SharedArrayBuffer>;
}

export function createControl(steps: number): Control {
  const buffer = new SharedArrayBuffer((STEPS + 4 * steps) * 4 + (MAX_THREADS + 1) * VALUE_BYTES);
  new Int32Array(buffer)[Word.STEP_LIMIT] = steps;
  return attachControl(buffer);
}

export function attachControl(buffer: SharedArrayBuffer): Control {
  const words = new Int32Array(buffer, 0, STEPS);
  const steps = words[Word.STEP_LIMIT]!;
  const column = (n: number) => new Int32Array(buffer, (STEPS + n * steps) * 4, steps);
  return {
    buffer,
    words,
    choices: column(0),
    candidates: column(1),
    tried: column(2),
    preemptions: column(3),
    values: new Uint8Array(buffer, (STEPS + 4 * steps) * 4),
  };
}

/** The area for the value of thread `thread`; the one past the last thread belongs to `setup`. */
export function valueArea(control: Control, thread: number): Uint8Array<SharedArrayBuffer> {
  return control.values.subarray(thread * VALUE_BYTES, (thread + 1) * VALUE_BYTES);
}
