import { candidates, writesByOthers } from "./candidates.ts";
import { type Control, Table, ThreadState, Word } from "./control.ts";
import type { Strategy } from "./strategies/strategy.ts";
import { clearWaiters } from "./waiters.ts";

/** Puts the control words at the start of an execution. */
export function beginExecution(control: Control, strategy: Strategy): void {
  const { words } = control;
  words[Word.STEP] = 0;
  words[Word.CURRENT] = -1;
  words[Word.WRITES] = 0;
  words[Word.ARRIVALS] = 0;
  for (let thread = 0; thread < words[Word.THREADS]!; thread++) {
    words[Table.STATE + thread] = ThreadState.RUNNABLE;
    words[Table.PAUSED + thread] = 0;
    words[Table.SEEN + thread] = 0;
    words[Table.OWN_WRITES + thread] = 0;
    words[Table.TIMED_OUT_AT + thread] = -1;
  }
  clearWaiters(control);
  strategy.begin();
}

/** Who takes the next step: a thread; the conductor, if all have ended; or why nobody can. */
export function chooseNext(control: Control, strategy: Strategy): number | "deadlock" | "livelock" | "mismatch" {
  const { words } = control;
  const set = candidates(control);
  if (set === 0) return allDone(words) ? words[Word.THREADS]! : "deadlock";
  if (words[Word.STEP]! >= words[Word.STEP_LIMIT]!) return "livelock";
  const thread = strategy.choose(set);
  if (thread < 0) return "mismatch";
  control.choices[words[Word.STEP]!++] = thread;
  words[Word.CURRENT] = thread;
  if (words[Table.PAUSED + thread] !== 0) {
    words[Table.PAUSED + thread] = 0;
    words[Table.SEEN + thread] = writesByOthers(words, thread);
  }
  return thread;
}

function allDone(words: Int32Array): boolean {
  for (let thread = 0; thread < words[Word.THREADS]!; thread++) {
    if (words[Table.STATE + thread] !== ThreadState.DONE) return false;
  }
  return true;
}
