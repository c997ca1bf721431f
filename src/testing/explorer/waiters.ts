import { InvariantError } from "../../errors.ts";
import { type Control, MAX_WAITERS, WAITERS, Waiter, WaiterState, Word } from "./control.ts";

/** The model of the language's waiter lists: a table of those who wait, each with the word that it waits on. */

const at = (entry: number): number => WAITERS + entry * Waiter.SIZE;

export function clearWaiters({ words }: Control): void {
  words.fill(0, WAITERS, at(MAX_WAITERS));
}

export function enlist({ words }: Control, thread: number, word: number, timed: boolean): number {
  for (let entry = 0; entry < MAX_WAITERS; entry++) {
    const base = at(entry);
    if (words[base + Waiter.STATE] !== WaiterState.FREE) continue;
    words[base + Waiter.STATE] = WaiterState.WAITING;
    words[base + Waiter.THREAD] = thread;
    words[base + Waiter.WORD] = word;
    words[base + Waiter.ARRIVAL] = words[Word.ARRIVALS]!++;
    words[base + Waiter.TIMED] = timed ? 1 : 0;
    words[base + Waiter.SINCE] = words[Word.STEP]!;
    return entry;
  }
  throw new InvariantError(`more than ${MAX_WAITERS} waits at one time`);
}

/** Wakes up to `count` waiters of `word`, the longest waiting first. Returns how many. */
export function wake(control: Control, word: number, count: number): number {
  let woken = 0;
  while (woken < count) {
    const entry = oldest(control, (base, words) => words[base + Waiter.WORD] === word);
    if (entry < 0) break;
    control.words[at(entry) + Waiter.STATE] = WaiterState.NOTIFIED;
    woken++;
  }
  return woken;
}

/** The longest waiting entry of those that `matches` accepts; -1 if there is none. */
function oldest({ words }: Control, matches: (base: number, words: Int32Array) => boolean): number {
  let found = -1;
  for (let entry = 0; entry < MAX_WAITERS; entry++) {
    const base = at(entry);
    if (words[base + Waiter.STATE] !== WaiterState.WAITING || !matches(base, words)) continue;
    if (found < 0 || words[base + Waiter.ARRIVAL]! < words[at(found) + Waiter.ARRIVAL]!) found = entry;
  }
  return found;
}

/** The longest waiting entry of `thread` that has a time limit; -1 if there is none. */
export function oldestTimed(control: Control, thread: number): number {
  return oldest(control, (base, words) => words[base + Waiter.THREAD] === thread && words[base + Waiter.TIMED] === 1);
}

export const isNotified = ({ words }: Control, entry: number): boolean =>
  words[at(entry) + Waiter.STATE] === WaiterState.NOTIFIED;
export const isTimed = ({ words }: Control, entry: number): boolean => words[at(entry) + Waiter.TIMED] === 1;
export const waitsSince = ({ words }: Control, entry: number): number => words[at(entry) + Waiter.SINCE]!;
export const wordOf = ({ words }: Control, entry: number): number => words[at(entry) + Waiter.WORD]!;

export function discharge({ words }: Control, entry: number): void {
  words[at(entry) + Waiter.STATE] = WaiterState.FREE;
}

/** Entries of `thread`, waiting or notified. */
export function entriesOf({ words }: Control, thread: number): number[] {
  const entries: number[] = [];
  for (let entry = 0; entry < MAX_WAITERS; entry++) {
    const base = at(entry);
    if (words[base + Waiter.STATE] !== WaiterState.FREE && words[base + Waiter.THREAD] === thread) entries.push(entry);
  }
  return entries;
}
