/**
 * Falling asleep and waking up, one word for each slot. See README.md, "Parking", for why no wake-up is lost.
 */
import { compareExchange, exchange, load, notify, store, wait, waitAsync } from "../shared/atomics.ts";
import { Control, Slot, slotWord } from "../shared/layout.ts";

export const Park = {
  AWAKE: 0,
  /** Nothing at all to do: any work is welcome. */
  IDLE: 1,
  /** Waiting inside a join or finish: only descendants of what it waits for, and its mail. */
  NESTED: 2,
} as const;

const parkWord = (slot: number): number => slotWord(slot) + Slot.PARK;

/** Owner: announces sleep. What it looks for must be looked for once more between this and `sleep`. */
export function announce(i32: Int32Array, slot: number, kind: number): void {
  store(i32, parkWord(slot), kind);
}

/** Owner: takes the announcement back, after that last look found something. */
export function retract(i32: Int32Array, slot: number): void {
  exchange(i32, parkWord(slot), Park.AWAKE);
}

/** Owner: blocks until somebody wakes this slot, or for `timeout` milliseconds. */
export function sleep(i32: Int32Array, slot: number, kind: number, timeout?: number): void {
  if (wait(i32, parkWord(slot), kind, timeout) === "timed-out") retract(i32, slot);
}

/** Owner: as `sleep`, for a thread whose event loop has to turn. */
export async function sleepAsync(i32: Int32Array, slot: number, kind: number): Promise<void> {
  const waiting = waitAsync(i32, parkWord(slot), kind);
  if (waiting.async) await waiting.value;
}

/** Any thread: true when the slot was asleep, or about to be, and is awake now because of this call. */
export function wake(i32: Int32Array, slot: number): boolean {
  const word = parkWord(slot);
  const kind = load(i32, word);
  if (kind === Park.AWAKE || compareExchange(i32, word, kind, Park.AWAKE) !== kind) return false;
  notify(i32, word, 1);
  return true;
}

/** Any thread: whether some worker sleeps with nothing to do, or is about to. */
export function someoneIsIdle(i32: Int32Array, slots: number): boolean {
  for (let slot = 1; slot < slots; slot++) if (load(i32, parkWord(slot)) === Park.IDLE) return true;
  return false;
}

/** Any thread: wakes one worker that sleeps with nothing to do, looking from `first` on. */
export function wakeIdle(i32: Int32Array, slots: number, first: number): boolean {
  for (let step = 0; step < slots; step++) {
    const slot = 1 + ((first + step) % (slots - 1 || 1));
    if (slot < slots && load(i32, parkWord(slot)) === Park.IDLE && wake(i32, slot)) return true;
  }
  return false;
}

/**
 * Any thread, after a push: true when some worker that slept is going to look, because another one spins or because it is awake from
 * now on. SPINNER is looked at last: the spinner writes it often.
 */
export function summon(i32: Int32Array, slots: number, first: number): boolean {
  return someoneIsIdle(i32, slots) && (load(i32, Control.SPINNER) !== 0 || wakeIdle(i32, slots, first));
}

/** Owner: true when this worker is the one that spins, and is to look at all rings again after it has left off. */
export function becomeSpinner(i32: Int32Array, slot: number): boolean {
  return compareExchange(i32, Control.SPINNER, 0, slot) === 0;
}

/** Owner, or whoever buries it. */
export function leaveSpinner(i32: Int32Array, slot: number): void {
  compareExchange(i32, Control.SPINNER, slot, 0);
}
