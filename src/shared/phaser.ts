/**
 * The phaser's protocol: which words it has in shared memory, who may change them, and how exactly one thread at a time carries
 * it over the boundary between two phases. See ../task/README.md, "Phasers".
 */
import { add, compareExchange, exchange, load, store } from "./atomics.ts";
import { Message, MessageKind } from "./mailbox.ts";
import { Obj } from "./object.ts";
import { eachWaiter, subscribe, takeWaiters, Waiter } from "./waiters.ts";

/** Word offsets in the block, behind the header of every object. */
const Phaser = {
  /** The current phase, from 0; ENDED when nobody is left to signal. */
  PHASE: Obj.BODY,
  /** Members that are expected and have not signalled the phase; below 0 while somebody is at the boundary and counts. */
  PENDING: Obj.BODY + 1,
  /** Newest record of the members that signal. */
  MEMBERS: Obj.BODY + 2,
  /** Once other places know it: the record of the member that stands for them, see ../place/README.md, "Phasers". */
  TRUNK: Obj.BODY + 3,
  /** Of one that was made at another place: that place plus 1, and what it is called there. */
  HOME: Obj.BODY + 4,
  NUMBER: Obj.BODY + 5,
} as const;

export const PHASER_WORDS = Obj.BODY + 6;

/** A member that signals: 16 bytes. */
const Record = {
  NEXT: 0,
  /** Twice the phase that it signals next, plus 1 when PENDING counts it for that phase; GONE when it has dropped out. */
  STATE: 1,
} as const;

export const RECORD_BYTES = 16;
const EXPECTED = 1;
const GONE = -1;

/** Greater than every phase. */
export const ENDED = 0x3fff_ffff;
/** Keeps PENDING away from 0 while members are being counted. */
const COUNTING = 1 << 24;

export const phaseOf = (i32: Int32Array, block: number): number => load(i32, (block >>> 2) + Phaser.PHASE);

/** How many members have not signalled the current phase; at most 0 while somebody is at the boundary. */
export const pendingOf = (i32: Int32Array, block: number): number => load(i32, (block >>> 2) + Phaser.PENDING);

/** Whether the current phase waits for this member. */
export function isExpected(i32: Int32Array, block: number, record: number): boolean {
  const state = load(i32, (record >>> 2) + Record.STATE);
  return state !== GONE && (state & EXPECTED) !== 0 && state >> 1 === phaseOf(i32, block);
}

/**
 * Adds a member that is to signal the current phase. Only while the phase cannot end: at the beginning, or by a member that is
 * still to signal it.
 */
export function enroll(i32: Int32Array, block: number, record: number, phase: number): void {
  i32[(record >>> 2) + Record.STATE] = (phase << 1) | EXPECTED; // plain: the push publishes it
  add(i32, (block >>> 2) + Phaser.PENDING, 1);
  push(i32, (block >>> 2) + Phaser.MEMBERS, record);
}

/** As `enroll`, by anybody: the phase that was joined, ENDED, or -1 while somebody is at the boundary. */
export function tryJoin(i32: Int32Array, block: number, record: number): number {
  const pending = (block >>> 2) + Phaser.PENDING;
  for (;;) {
    if (phaseOf(i32, block) === ENDED) return ENDED;
    const seen = load(i32, pending);
    if (seen <= 0) return -1;
    if (compareExchange(i32, pending, seen, seen + 1) === seen) break;
  }
  const phase = phaseOf(i32, block); // it stays: the phase waits for us
  i32[(record >>> 2) + Record.STATE] = (phase << 1) | EXPECTED;
  push(i32, (block >>> 2) + Phaser.MEMBERS, record);
  return phase;
}

/** The member signals its next phase, which may lie ahead. True when that ended the phase: the caller is at the boundary. */
export function signal(i32: Int32Array, block: number, record: number): boolean {
  const word = (record >>> 2) + Record.STATE;
  for (;;) {
    const state = i32[word]!; // plain: the compare-exchange sees whether it is the newest
    const next = ((state >> 1) + 1) << 1;
    if (compareExchange(i32, word, state, next) === state) return (state & EXPECTED) !== 0 && arrived(i32, block);
  }
}

/** The member drops out. True when that ended the phase: the caller is at the boundary. Its record is not its own any more. */
export function leave(i32: Int32Array, block: number, record: number): boolean {
  const state = exchange(i32, (record >>> 2) + Record.STATE, GONE);
  return (state & EXPECTED) !== 0 && arrived(i32, block);
}

const arrived = (i32: Int32Array, block: number): boolean => sub1(i32, (block >>> 2) + Phaser.PENDING) === 0;
const sub1 = (i32: Int32Array, word: number): number => add(i32, word, -1) - 1;

/** Delivers a waiter to its slot, which is at the boundary from then on if it is told SINGLE. */
type Send = (waiter: number, slot: number, kind: typeof MessageKind.SINGLE | typeof MessageKind.WAKE) => void;

/**
 * Carries the phaser over the boundary, and over the next ones as long as everybody has signalled ahead and nobody has brought an
 * action. Only by who was told to be at the boundary. `send` is given each waiter whose phase has come, `free` the records of members
 * that are gone.
 */
export function advance(i32: Int32Array, block: number, send: Send, free: (record: number) => void): void {
  const word = block >>> 2;
  let pending: number;
  do {
    add(i32, word + Phaser.PENDING, -COUNTING);
    const phase = load(i32, word + Phaser.PHASE) + 1;
    store(i32, word + Phaser.PHASE, phase);
    wakeDue(i32, block, phase, send);
    const { live, expected } = count(i32, word + Phaser.MEMBERS, phase, free);
    if (live === 0) {
      store(i32, word + Phaser.PHASE, ENDED);
      wakeDue(i32, block, ENDED, send);
      return;
    }
    pending = add(i32, word + Phaser.PENDING, COUNTING + expected) + COUNTING + expected;
  } while (pending === 0 && !handOver(i32, block, send));
}

/**
 * Marks the members that are to signal `phase`. Those that did so already, since the phase began or ahead, are not expected; those
 * that a member has enrolled since the phase began, before this looks at them, have counted themselves.
 */
function count(
  i32: Int32Array,
  members: number,
  phase: number,
  free: (record: number) => void,
): { live: number; expected: number } {
  let live = 0;
  let expected = 0;
  let first = 0;
  let last = 0;
  let record = exchange(i32, members, 0) >>> 0;
  while (record !== 0) {
    const next = i32[(record >>> 2) + Record.NEXT]! >>> 0;
    const state = mark(i32, (record >>> 2) + Record.STATE, phase);
    if (state === GONE) free(record);
    else {
      live++;
      if ((state & EXPECTED) !== 0) expected++;
      if (last === 0) last = record;
      i32[(record >>> 2) + Record.NEXT] = first; // plain: the list was taken, and is given back as a whole
      first = record;
    }
    record = next;
  }
  if (first !== 0) push(i32, members, first, last);
  return { live, expected };
}

/** The state, with EXPECTED if this call has set it. */
function mark(i32: Int32Array, word: number, phase: number): number {
  for (;;) {
    const state = i32[word]!; // plain: at least as new as the signal that ended the last phase
    if (state === GONE) return GONE;
    if (state >> 1 !== phase || (state & EXPECTED) !== 0) return state & ~EXPECTED;
    if (compareExchange(i32, word, state, state | EXPECTED) === state) return state | EXPECTED;
  }
}

/** Adds a record, or several that are linked already, from `first` to `last`. */
function push(i32: Int32Array, head: number, first: number, last: number = first): void {
  const next = (last >>> 2) + Record.NEXT;
  for (;;) {
    const seen = i32[head]!; // plain: the compare-exchange sees whether it is the newest
    i32[next] = seen; // plain: the records are in no list; the compare-exchange publishes them
    if (compareExchange(i32, head, seen, first | 0) === seen) return;
  }
}

const headOf = (block: number): number => (block >>> 2) + Obj.HEAD;

/**
 * Wakes those whose phase has come. Who has seen the new phase and waits for the one after it may be among the waiters already,
 * and stays there. None when the phaser is broken: its list was closed then.
 */
function wakeDue(i32: Int32Array, block: number, phase: number, send: Send): void {
  const head = headOf(block);
  eachWaiter(i32, takeWaiters(i32, head), (waiter, slot) => {
    if (i32[(waiter >>> 2) + Waiter.PHASE]! <= phase || !subscribe(i32, head, waiter)) send(waiter, slot, MessageKind.WAKE);
  });
}

/**
 * For who is at the boundary without an action of its own: leaves the boundary to a waiter that has brought one, by sending it home
 * as what it is, SINGLE. False when there is none, and the caller still is at the boundary.
 */
export function handOver(i32: Int32Array, block: number, send: Send): boolean {
  const head = headOf(block);
  let chosen = 0;
  let where = 0;
  eachWaiter(i32, takeWaiters(i32, head), (waiter, slot) => {
    if (chosen === 0 && i32[(waiter >>> 2) + Message.KIND] === MessageKind.SINGLE) {
      chosen = waiter;
      where = slot;
    } else if (!subscribe(i32, head, waiter)) send(waiter, slot, MessageKind.WAKE);
  });
  if (chosen !== 0) send(chosen, where, MessageKind.SINGLE);
  return chosen !== 0;
}

/** "waiting", or why it need not wait: the phase has come, or the phaser is broken and the waiter in no list. */
export function waitFor(i32: Int32Array, block: number, phase: number, waiter: number): "waiting" | "there" | "broken" {
  i32[(waiter >>> 2) + Waiter.PHASE] = phase; // plain: published with the waiter
  if (!subscribe(i32, headOf(block), waiter)) return "broken";
  return phaseOf(i32, block) >= phase ? "there" : "waiting"; // "there": somebody will still deliver the waiter
}

// ---- several places --------------------------------------------------------------------------------------------------

/** The record of the member that stands for other places; 0 while none knows the phaser. */
export const trunkOf = (i32: Int32Array, block: number): number => load(i32, (block >>> 2) + Phaser.TRUNK) >>> 0;

/** Whether a phaser that other places know waits for those alone. */
export const isComplete = (i32: Int32Array, block: number): boolean =>
  load(i32, (block >>> 2) + Phaser.TRUNK) !== 0 && pendingOf(i32, block) === 1;

/** The place at which it was made, if that is another one, and what it is called there. */
export function origin(i32: Int32Array, block: number): { home: number; number: number } | null {
  const home = i32[(block >>> 2) + Phaser.HOME]!;
  return home === 0 ? null : { home: home - 1, number: i32[(block >>> 2) + Phaser.NUMBER]! >>> 0 };
}

/** Makes a member, by `record`, that stands for other places, if there is none. "busy" while somebody is at the boundary. */
export function openTrunk(i32: Int32Array, block: number, record: number): "opened" | "busy" | "not needed" | "boundary" {
  if (trunkOf(i32, block) !== 0) return "not needed";
  const phase = tryJoin(i32, block, record);
  if (phase === ENDED) return "not needed";
  if (phase === -1) return "busy";
  if (compareExchange(i32, (block >>> 2) + Phaser.TRUNK, 0, record | 0) === 0) return "opened";
  return leave(i32, block, record) ? "boundary" : "opened"; // somebody else has, and this record is freed like that of any member
}

/** A block for a phaser of another place. It stays at the boundary until `link`. */
export function beginStandIn(i32: Int32Array, block: number, home: number, number: number): void {
  const word = block >>> 2;
  i32[word + Phaser.HOME] = home + 1;
  i32[word + Phaser.NUMBER] = number;
  store(i32, word + Phaser.PENDING, -COUNTING);
}

/** Ends the boundary at which such a block began: the current phase is this one, or a later one for which members have come. */
export function link(i32: Int32Array, block: number, trunk: number, phase: number, send: Send): void {
  const word = block >>> 2;
  if (phaseOf(i32, block) < phase) store(i32, word + Phaser.PHASE, phase);
  const current = phaseOf(i32, block);
  wakeDue(i32, block, current, send);
  i32[(trunk >>> 2) + Record.STATE] = (current << 1) | EXPECTED;
  push(i32, word + Phaser.MEMBERS, trunk);
  store(i32, word + Phaser.TRUNK, trunk | 0);
  add(i32, word + Phaser.PENDING, COUNTING + 1);
}

/** Ends a phaser that was never linked. */
export function endStandIn(i32: Int32Array, block: number, send: Send): void {
  store(i32, (block >>> 2) + Phaser.PHASE, ENDED);
  wakeDue(i32, block, ENDED, send);
}

/**
 * Adds a member that has come from another place, where something keeps `phase` open. Before `link` the caller is at the boundary. Afterwards it holds the trunk; that has signalled the phase before this one
 * if somebody is at the boundary, so that the wait is short. True when the caller is at the boundary now.
 */
export function enlist(i32: Int32Array, block: number, record: number, phase: number, isLinked: boolean): boolean {
  const word = block >>> 2;
  if (!isLinked) {
    if (phaseOf(i32, block) < phase) store(i32, word + Phaser.PHASE, phase);
    enroll(i32, block, record, phase);
    return false;
  }
  for (;;) {
    const seen = load(i32, word + Phaser.PENDING);
    if (seen > 0 && compareExchange(i32, word + Phaser.PENDING, seen, seen + 1) === seen) break;
  }
  const isCurrent = phaseOf(i32, block) >= phase;
  i32[(record >>> 2) + Record.STATE] = (phase << 1) | (isCurrent ? EXPECTED : 0);
  push(i32, word + Phaser.MEMBERS, record);
  return !isCurrent && arrived(i32, block);
}

/** The phase that a member signals next. */
export const nextOf = (i32: Int32Array, record: number): number => load(i32, (record >>> 2) + Record.STATE) >> 1;

/**
 * Only by who holds the trunk: the current phase, if all members of this place have signalled it; whether some of them may signal more; and whether a waiter has brought an action for its end. Null while
 * members have not signalled.
 */
export function completion(
  i32: Int32Array,
  block: number,
  trunk: number,
): { phase: number; live: boolean; action: boolean } | null {
  if (!isExpected(i32, block, trunk) || pendingOf(i32, block) !== 1) return null;
  const phase = phaseOf(i32, block);
  let live = false;
  eachRecord(i32, block, (record) => {
    if (record !== trunk && load(i32, (record >>> 2) + Record.STATE) !== GONE) live = true;
  });
  let action = false;
  // Nobody takes waiters out as long as the phase cannot end.
  for (let waiter = load(i32, headOf(block)); waiter !== 0 && (waiter & 1) === 0; waiter = i32[(waiter >>> 2) + Message.NEXT]!) {
    if (i32[(waiter >>> 2) + Message.KIND] === MessageKind.SINGLE) action = true;
  }
  return { phase, live, action };
}

/** Calls `free` with the record of every member. For freeing them only by the last who knows the block. */
export function eachRecord(i32: Int32Array, block: number, free: (record: number) => void): void {
  let record = i32[(block >>> 2) + Phaser.MEMBERS]! >>> 0;
  while (record !== 0) {
    const next = i32[(record >>> 2) + Record.NEXT]! >>> 0;
    free(record);
    record = next;
  }
}
