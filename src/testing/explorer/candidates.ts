import { type Control, Table, ThreadState, Timeouts, Word } from "./control.ts";
import { entriesOf, isNotified, isTimed, oldestTimed, waitsSince } from "./waiters.ts";

/**
 * The threads that may take the next step, as a bit set; 0 when nobody can ever go on.
 *
 * A thread that paused is left out until another thread has changed a word. When only paused threads and waits with
 * a time limit are left, the one that has been idle longest goes on: a fixed, fair order, so that polling loops neither starve one another
 * nor multiply the executions.
 */
export function candidates(control: Control): number {
  const { words } = control;
  const timeouts = words[Word.TIMEOUTS]!;
  let ready = 0;
  let idlest = -1;
  let idlestSince = Number.POSITIVE_INFINITY;
  for (let thread = 0; thread < words[Word.THREADS]!; thread++) {
    const since = isEnabled(control, thread) ? pausedSince(control, thread) : timerSince(control, thread, timeouts);
    if (since === 0) ready |= 1 << thread;
    else if (since < idlestSince) {
      idlest = thread;
      idlestSince = since;
    }
  }
  return ready !== 0 || idlest < 0 ? ready : 1 << idlest;
}

function isEnabled(control: Control, thread: number): boolean {
  const { words } = control;
  switch (words[Table.STATE + thread]) {
    case ThreadState.RUNNABLE:
      return true;
    case ThreadState.BLOCKED:
      return isNotified(control, words[Table.WAITER + thread]!);
    case ThreadState.TURNING:
      return entriesOf(control, thread).some((entry) => isNotified(control, entry));
    default:
      return false;
  }
}

/** 0 unless the thread paused and nobody has changed a word since; then the step of the pause. */
function pausedSince({ words }: Control, thread: number): number {
  const seen = words[Table.SEEN + thread]! === writesByOthers(words, thread);
  return seen ? words[Table.PAUSED + thread]! : 0;
}

export const writesByOthers = (words: Int32Array, thread: number): number =>
  words[Word.WRITES]! - words[Table.OWN_WRITES + thread]!;

/**
 * When the thread's wait with a time limit began; infinite if it never ends by itself; 0 if it may end at any time. That is so only once
 * after each change of a word, or polling would multiply the executions.
 */
function timerSince(control: Control, thread: number, timeouts: number): number {
  const { words } = control;
  const entry = timerOf(control, thread);
  if (entry < 0 || timeouts === Timeouts.never) return Number.POSITIVE_INFINITY;
  const news = words[Table.TIMED_OUT_AT + thread] !== writesByOthers(words, thread);
  return timeouts === Timeouts.any && news ? 0 : waitsSince(control, entry);
}

/** The waiter of `thread` whose time limit would end first; -1 if there is none. */
export function timerOf(control: Control, thread: number): number {
  const { words } = control;
  switch (words[Table.STATE + thread]) {
    case ThreadState.BLOCKED: {
      const entry = words[Table.WAITER + thread]!;
      return isTimed(control, entry) ? entry : -1;
    }
    case ThreadState.TURNING:
      return oldestTimed(control, thread);
    default:
      return -1;
  }
}

export const lowest = (set: number): number => 31 - Math.clz32(set & -set);

export function members(set: number): number[] {
  const found: number[] = [];
  for (let rest = set; rest !== 0; rest &= rest - 1) found.push(lowest(rest));
  return found;
}

/** The thread that ran last if it can go on, else the lowest. */
export function undisturbed(control: Control, candidates: number): number {
  const current = control.words[Word.CURRENT]!;
  return current >= 0 && candidates & (1 << current) ? current : lowest(candidates);
}
