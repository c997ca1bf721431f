/** How a future has ended, as a block that several threads may read. */
import { CancelledError } from "../errors.ts";
import { ordered } from "../sched/direct.ts";
import { State } from "../sched/state.ts";
import type { Station } from "../sched/station.ts";
import { Obj } from "../shared/object.ts";
import { close, eachWaiter, LOST } from "../shared/waiters.ts";

/** Word offsets; LENT addresses follow, then the bytes of the encoded value. */
const Outcome = { STATE: 0, BYTES: 1, LENT: 2, FIRST: 4 } as const;

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

export function readOutcome(station: Station, block: number): { state: number; value: unknown } {
  const { objects, codec, mem } = station;
  const word = block >>> 2;
  const start = block + (Outcome.FIRST + mem.i32[word + Outcome.LENT]!) * 4;
  const bytes = mem.u8.slice(start, start + mem.i32[word + Outcome.BYTES]!);
  try {
    const value = objects.copying(() => codec.decode(bytes));
    const state = mem.i32[word + Outcome.STATE]!;
    return { state: state === State.CANCELLED && !(value instanceof CancelledError) ? State.FAILED : state, value };
  } catch (error) {
    return { state: State.FAILED, value: error };
  }
}

export function freeOutcome(station: Station, block: number): void {
  const { objects, heap, mem } = station;
  const word = block >>> 2;
  for (let i = 0; i < mem.i32[word + Outcome.LENT]!; i++) objects.drop(mem.i32[word + Outcome.FIRST + i]! >>> 0);
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
