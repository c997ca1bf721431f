/** How a future has ended, as a block that several threads may read. */
import { CancelledError } from "../errors.ts";
import { ordered } from "../sched/direct.ts";
import { State } from "../sched/state.ts";
import type { Station } from "../sched/station.ts";
import { compareExchange, load } from "../shared/atomics.ts";
import { MentionKind, Mentions } from "../shared/mentions.ts";
import { Obj } from "../shared/object.ts";
import { close, eachWaiter, LOST } from "../shared/waiters.ts";

/**
 * Word offsets; LENT addresses follow, then the bytes of the encoded value. AWAY is a payload block with the value in the form for other places, 0
 * for none.
 */
const Outcome = { STATE: 0, BYTES: 1, LENT: 2, AWAY: 3, FIRST: 4 } as const;

/** STATE holds the state, the state that other places are told, and whether the value came from another place and is in their form. */
const STATE_MASK = 0xf;
const AWAY_SHIFT = 4;
const FROM_AWAY = 1 << 8;

/** Writes a value, or an error that was thrown. Throws CrossingError for a value that cannot cross. */
export function writeOutcome(station: Station, state: number, value: unknown): number {
  const { objects, codec, heap, mem } = station;
  const { message, lent } = objects.lending(() =>
    state === State.DONE ? codec.encode(value, "value") : codec.encodeError(value),
  );
  const block = heap.alloc((Outcome.FIRST + lent.length) * 4 + message.length);
  const word = block >>> 2;
  mem.i32[word + Outcome.STATE] = state;
  mem.i32[word + Outcome.BYTES] = message.length;
  mem.i32[word + Outcome.LENT] = lent.length;
  mem.i32[word + Outcome.AWAY] = 0;
  for (let i = 0; i < lent.length; i++) mem.i32[word + Outcome.FIRST + i] = lent[i]!;
  mem.u8.set(message, block + (Outcome.FIRST + lent.length) * 4);
  return block;
}

/** As `writeOutcome`; what cannot cross becomes the error that says so. */
export function writeOutcomeSafely(station: Station, state: number, value: unknown): number {
  try {
    return writeOutcome(station, state, value);
  } catch (error) {
    return writeOutcome(station, State.FAILED, error);
  }
}

/** An outcome that came from another place, and now lies in a payload block, which becomes part of it. */
export function outcomeFromAway(station: Station, state: number, payload: number): number {
  const { mem, heap } = station;
  const block = heap.alloc(Outcome.FIRST * 4);
  const word = block >>> 2;
  mem.i32[word + Outcome.STATE] = state | (state << AWAY_SHIFT) | FROM_AWAY;
  mem.i32[word + Outcome.BYTES] = 0;
  mem.i32[word + Outcome.LENT] = 0;
  mem.i32[word + Outcome.AWAY] = payload;
  return block;
}

/** Adds the form for other places, if the outcome lacks it, for the value that it holds. */
export function addAway(station: Station, block: number, state: number, value: unknown): void {
  const { mem, values, away } = station;
  const word = block >>> 2;
  if (load(mem.i32, word + Outcome.AWAY) !== 0) return;
  let bytes: Uint8Array;
  try {
    bytes = state === State.DONE ? away.encode(value, "value") : away.encodeError(value);
  } catch (error) {
    state = State.FAILED;
    bytes = away.encodeError(error);
  }
  mem.i32[word + Outcome.STATE] = (mem.i32[word + Outcome.STATE]! & STATE_MASK) | (state << AWAY_SHIFT);
  const payload = values.writeBlock(bytes);
  // Two threads may do this at once.
  if (compareExchange(mem.i32, word + Outcome.AWAY, 0, payload | 0) !== 0) dropPayload(station, payload);
}

/** The form for other places, and what state they are told; no payload where the outcome lacks it. */
export function awayOf(station: Station, block: number): { state: number; payload: number } {
  const { i32 } = station.mem;
  const payload = load(i32, (block >>> 2) + Outcome.AWAY) >>> 0;
  return { payload, state: (i32[(block >>> 2) + Outcome.STATE]! >>> AWAY_SHIFT) & STATE_MASK };
}

export const stateOf = ({ mem }: Station, block: number): number => mem.i32[(block >>> 2) + Outcome.STATE]! & STATE_MASK;

/** Frees a payload that is in the form for other places, and gives back what it holds. */
export function dropPayload(station: Station, payload: number): void {
  const { mem, values, heap } = station;
  const { address, bytes } = values.rangeOf(payload);
  const { mentions } = Mentions.read(mem.u8.subarray(address, address + bytes));
  for (let at = mentions.count - 1; at >= 0; at--)
    dropMentioned(station, mentions.kindAt(at), mentions.nameAt(at), at === 0 ? 0 : mentions.nameAt(at - 1));
  heap.free(payload);
}

/** Gives back what a mention with the names of this place holds; `before` is the name of the mention before it. */
export function dropMentioned(station: Station, kind: number, name: number, before: number): void {
  if (kind === MentionKind.MEMBER_HERE) dropMember(station, before, name);
  else if (kind === MentionKind.FUTURE || kind === MentionKind.PHASER) station.objects.drop(name);
}

/** Ends a membership that came from another place for a task that does not run; set by phased.ts. */
let dropMember: (station: Station, phaser: number, record: number) => void = () => {};
export function onDroppedMember(hook: typeof dropMember): void {
  dropMember = hook;
}

export function readOutcome(station: Station, block: number): { state: number; value: unknown } {
  const { objects, codec, mem, values, away } = station;
  const word = block >>> 2;
  if ((mem.i32[word + Outcome.STATE]! & FROM_AWAY) !== 0) {
    const { address, bytes } = values.rangeOf(mem.i32[word + Outcome.AWAY]! >>> 0);
    return read(mem.i32[word + Outcome.STATE]! & STATE_MASK, () =>
      objects.copying(() => away.decode(mem.u8.slice(address, address + bytes))),
    );
  }
  const start = block + (Outcome.FIRST + mem.i32[word + Outcome.LENT]!) * 4;
  const bytes = mem.u8.slice(start, start + mem.i32[word + Outcome.BYTES]!);
  return read(mem.i32[word + Outcome.STATE]! & STATE_MASK, () => objects.copying(() => codec.decode(bytes)));
}

function read(state: number, decode: () => unknown): { state: number; value: unknown } {
  try {
    const value = decode();
    return { state: state === State.CANCELLED && !(value instanceof CancelledError) ? State.FAILED : state, value };
  } catch (error) {
    return { state: State.FAILED, value: error };
  }
}

export function freeOutcome(station: Station, block: number): void {
  const { objects, heap, mem } = station;
  const word = block >>> 2;
  for (let i = 0; i < mem.i32[word + Outcome.LENT]!; i++) objects.drop(mem.i32[word + Outcome.FIRST + i]! >>> 0);
  const payload = mem.i32[word + Outcome.AWAY]! >>> 0;
  if (payload !== 0) dropPayload(station, payload);
  heap.free(block);
}

/** Closes the list with an outcome and wakes who was in it. False, and the outcome is freed, when it was closed before. */
export function closeWith(station: Station, block: number, outcome: number): boolean {
  const { mem, objects } = station;
  const waiters = ordered("settles a future", () => close(mem.i32, (block >>> 2) + Obj.HEAD, outcome));
  if (waiters === LOST) {
    freeOutcome(station, outcome);
    return false;
  }
  eachWaiter(mem.i32, waiters, (node, slot) => objects.post(node, slot));
  return true;
}
