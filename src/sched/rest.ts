/**
 * Whether a runtime is at rest: no thread of it does anything, and none will unless something comes from outside. Each worker counts
 * what it does, and says when it goes to sleep whether its event loop may go on. See README.md, "Rest".
 */
import { load } from "../shared/atomics.ts";
import { Control, Slot, slotWord } from "../shared/layout.ts";
import { Park } from "./parking.ts";

/** The slots of the client and the workers; `all` counts that of the communication thread as well. */
export const workingSlots = (i32: Int32Array, all: number): number => (i32[Control.COMMUNICATION] === 0 ? all : all - 1);

/** Owner: it has done something that others may notice. Plain: published by the announcement of its next sleep. */
export function noteActivity(i32: Int32Array, slot: number): void {
  i32[slotWord(slot) + Slot.ACTIVITY]!++;
}

const ORIGIN = performance.timeOrigin;

/** Owner: it is at work at this time (ms, of `performance.now`). Plain: whoever asks how long it has been busy needs no exact answer. */
export function noteClock(f64: Float64Array, slot: number, now: number): void {
  f64[(slotWord(slot) + Slot.CLOCK) >>> 1] = ORIGIN + now;
}

/** For how long (ms) a worker has been at work without a look at the clock; 0 for one that has not begun. */
export function sinceClock(f64: Float64Array, slot: number): number {
  const at = f64[(slotWord(slot) + Slot.CLOCK) >>> 1]!;
  return at === 0 ? 0 : Math.max(0, ORIGIN + performance.now() - at);
}

const isIdle = (park: number): boolean => park === Park.IDLE;
const isAsleep = (park: number): boolean => park !== Park.AWAKE;

/** What the event loop of a thread that has gone to sleep still does. */
export const Loop = {
  NOTHING: 0,
  /** Async tasks or finish scopes of this thread are under way, and not cancelled. */
  TASKS: 1,
  /** Only timers, sockets and the like that tasks have left behind. */
  EVENTS: 2,
} as const;

/** The counts of all workers; null when one has mail, does not sleep, or goes on in its event loop. Slot `besides` may be awake. */
function counts(
  i32: Int32Array,
  slots: number,
  besides: number,
  sleeps: (park: number) => boolean,
  mayTurn: (loop: number) => boolean,
): number[] | null {
  const found: number[] = [];
  for (let slot = 1; slot < slots; slot++) {
    const word = slotWord(slot);
    if (load(i32, word + Slot.MAILBOX) !== 0) return null;
    const started = load(i32, word + Slot.STARTED) !== 0;
    if (started && slot !== besides) {
      const park = load(i32, word + Slot.PARK);
      if (!sleeps(park) || (isIdle(park) && mayTurn(load(i32, word + Slot.LOOP)))) return null;
    }
    found.push(started ? load(i32, word + Slot.ACTIVITY) : -1);
  }
  const communication = i32[Control.COMMUNICATION]!;
  if (communication !== 0) {
    const word = slotWord(communication);
    if (load(i32, word + Slot.MAILBOX) !== 0 || load(i32, word + Slot.LOOP) !== Loop.NOTHING) return null;
    found.push(load(i32, word + Slot.ACTIVITY));
  }
  return found;
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.every((it, i) => it === b[i]);

const hasTasks = (loop: number): boolean => loop === Loop.TASKS;
const hasEvents = (loop: number): boolean => loop !== Loop.NOTHING;

/** Whether every worker sleeps with nothing to do. Two looks: what is as it was in both was so all the time between them. */
export function workersAtRest(i32: Int32Array, slots: number): boolean {
  const before = counts(i32, slots, 0, isIdle, hasTasks);
  const after = before === null ? null : counts(i32, slots, 0, isIdle, hasTasks);
  return after !== null && same(before!, after);
}

/** Whether no worker runs anything, or has mail: their event loops may go on. */
export const workersSleep = (i32: Int32Array, slots: number): boolean => counts(i32, slots, 0, isIdle, () => false) !== null;

/** For a worker on whose stack something waits: since when (ms) all workers have been asleep, some in the midst of a wait like itself. */
export class RestWatch {
  readonly #i32: Int32Array;
  readonly #slots: number;
  readonly #slot: number;
  #seen: number[] | null = null;
  #since = 0;

  constructor(i32: Int32Array, slots: number, slot: number) {
    this.#i32 = i32;
    this.#slots = slots;
    this.#slot = slot;
  }

  /** How long (ms) nobody has done anything, as far as calls of this method have seen. */
  look(): number {
    const now = performance.now();
    if (this.#i32[Control.COMMUNICATION] !== 0) return 0; // what is waited for may come from another place
    const seen = counts(this.#i32, this.#slots, this.#slot, isAsleep, hasEvents);
    if (seen === null || this.#seen === null || !same(seen, this.#seen)) this.#since = now;
    this.#seen = seen;
    return now - this.#since;
  }

  /** Whether a worker that waits on its stack keeps async tasks of its own from going on. */
  somethingIsHeldUp(): boolean {
    for (let slot = 1; slot < this.#slots; slot++) {
      const word = slotWord(slot);
      if (load(this.#i32, word + Slot.PARK) !== Park.IDLE && load(this.#i32, word + Slot.LOOP) === Loop.TASKS) return true;
    }
    return false;
  }
}
