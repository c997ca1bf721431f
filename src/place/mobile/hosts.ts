/** The objects that live in this thread, and what it says about them to the thread that keeps the directory. */
import { NameTakenError, NameUnknownError, ObjectGoneError } from "../../errors.ts";
import type { Reader, Writer } from "../../net/wire.ts";
import type { Future } from "../../sched/core.ts";
import { onCall } from "../../sched/guests.ts";
import { serialPlaces } from "../../sched/places.ts";
import { onStation, type Station } from "../../sched/station.ts";
import { valueIndex } from "../../shared/cell.ts";
import { Control, Slot, slotWord } from "../../shared/layout.ts";
import { Calls, ObjectAsk, tellEnded } from "../calls.ts";
import { placeHere } from "../here.ts";
import { settled } from "../memory/access.ts";
import { ask, onAlone } from "../requests.ts";
import { AskTopic } from "../topics.ts";
import { callBegins } from "./serial.ts";

export interface Hosted {
  readonly id: number;
  readonly instance: object;
  /** Where it is. */
  readonly place: number;
  /** How many moves it had when it came to this thread. */
  readonly moves: number;
  /** Milliseconds and calls since they were last asked for by `balance`. */
  load: number;
  calls: number;
}

export const hosts = new Map<number, Hosted>();

/** For the body of a call, which begins. */
export function hostOf(id: number): Hosted {
  callBegins(id);
  const hosted = hosts.get(id);
  if (hosted === undefined)
    throw new ObjectGoneError("The object is no more: it was destroyed, or the worker that held it died.");
  return hosted;
}

const nothing = (): void => {};

/** Asks the thread that keeps the directory. `write` and `read` are for what goes beside the object's number. */
export function tell<T = void>(
  what: number,
  id: number,
  write: (body: Writer) => void = nothing,
  read: (answer: Reader) => T = nothing as () => T,
): Future<T> {
  const { station } = placeHere();
  const head = (body: Writer): void => write(body.u8(what).u32(station!.slot).f64(id));
  return ask(station!, AskTopic.OBJECT, "object", head, read);
}

/** The serial scheduler's objects: their names. */
const names = new Map<string, number>();
/** By place: how many objects it has made. */
const made: number[] = [];

/** The number for a new object of this place. Fails with NameTakenError. */
export function newId(name: string | null): Future<number> {
  const write = (body: Writer): void => {
    body.u8(name === null ? 0 : 1);
    if (name !== null) body.text(name);
  };
  if (placeHere().station !== null) return tell(ObjectAsk.MAKE, 0, write, (answer) => answer.f64());
  return settled(() => {
    if (name !== null && names.has(name))
      throw new NameTakenError(`An object with the name ${JSON.stringify(name)} exists already.`);
    const { place } = placeHere();
    if (serialPlaces !== null) serialPlaces.placeOfObject = (it) => hosts.get(it)?.place;
    const id = place * 2 ** 32 + (made[place] = (made[place] ?? 0) + 1);
    if (name !== null) names.set(name, id);
    return id;
  });
}

/** The number of the object of that name. Fails with NameUnknownError. */
export function idOfName(name: string): Future<number> {
  if (placeHere().station !== null)
    return tell(
      ObjectAsk.FIND,
      0,
      (body) => body.text(name),
      (answer) => answer.f64(),
    );
  return settled(() => {
    const id = names.get(name);
    if (id === undefined) throw new NameUnknownError(`There is no object with the name ${JSON.stringify(name)}, or not yet.`);
    return id;
  });
}

/** The object is no more. */
export function forget(id: number): Future<void> {
  if (placeHere().station !== null) return tell(ObjectAsk.REMOVE, id);
  return settled(() => {
    for (const [name, it] of names) if (it === id) names.delete(name);
  });
}

const directorySlot = ({ mem }: Station): number => mem.i32[Control.COMMUNICATION]!;

onAlone((station, desk) => new Calls(station, desk, null).listen());

onCall((station, cell) => {
  const id = station.mem.f64[valueIndex(cell, 1)]!;
  const moves = hosts.get(id)?.moves ?? Number.MAX_SAFE_INTEGER;
  return () => tellEnded(station, directorySlot(station), id, moves);
});

// The objects of a thread that has died went with it.
onStation((station) => {
  const { slot, mem } = station;
  const isNew = mem.i32[slotWord(slot) + Slot.GENERATION]! > 0;
  if (slot !== 0 && slot !== directorySlot(station) && isNew) tellEnded(station, directorySlot(station), 0, -1);
});
