/**
 * Tasks that come from other places. Towards the workers, the communication thread plays the owner: it has a cell for each, in its own
 * slab, and pushes it to its ring. The cell comes home with the result, which goes back unread. See README.md.
 */
import { type HeddleError, MessageError, OutOfMemoryError } from "../errors.ts";
import { type Reader, Writer } from "../net/wire.ts";
import { summon, wake } from "../sched/parking.ts";
import { RingOwner } from "../sched/ring.ts";
import { PRIORITY, type Station } from "../sched/station.ts";
import { Kind } from "../sched/values.ts";
import { add, compareExchange, load, store } from "../shared/atomics.ts";
import {
  CancelMark,
  CELL_VALUES,
  Cell,
  CellFlag,
  CellState,
  cellWord,
  firstCell,
  IN_PAYLOAD,
  Outcome,
  ownerOf,
  valueIndex,
} from "../shared/cell.ts";
import { CELL_BYTES, CELLS_PER_SLOT, Control, RINGS, ringWord } from "../shared/layout.ts";
import { MessageKind } from "../shared/mailbox.ts";
import type { Ancestry, Line } from "./ancestry.ts";
import type { CallSink, Route } from "./calls.ts";
import type { FunctionNames } from "./function-names.ts";
import type { Group } from "./group.ts";
import { arrivals } from "./in-order.ts";
import type { Payloads, Surroundings } from "./payloads.ts";
import { Record } from "./records.ts";
import type { Traffic } from "./traffic.ts";

/** A task that has come and has no cell yet. */
interface Arrival {
  readonly from: number;
  readonly token: number;
  readonly flags: number;
  /** As the place that sent it calls the function. */
  readonly fn: number;
  readonly ring: number;
  readonly line: Line;
  readonly values: readonly number[];
  /** Who the task is, while the run is recorded or replayed. */
  readonly identity: number;
  /** Block with what did not fit into the cell, 0 for none. */
  readonly payload: number;
  /** Of a call of an object. */
  readonly route: Route | null;
  /** The worker that has the object, once it is its turn. */
  slot?: number;
  /** Why it is not begun when it is its turn: without a turn, later calls of its place would wait for it for ever. */
  readonly refused?: HeddleError;
  /** Of one that is refused for lack of room: what there was no room for. */
  readonly rest?: Uint8Array;
  cancelled: boolean;
}

export type { Arrival };

/** A task that has a cell. */
interface Guest {
  readonly from: number;
  readonly token: number;
  readonly cell: number;
  readonly ring: number;
  /** The worker that it must go to. */
  readonly slot: number | undefined;
  /** Its result has been sent. */
  resulted: boolean;
  /** The place that it came from knows that something below it has failed. */
  reported: boolean;
}

/** So many cancellations that came before their tasks are remembered. */
const MOST_EARLY = 1024;

export class Incoming {
  readonly #station: Station;
  readonly #group: Group;
  readonly #names: FunctionNames;
  readonly #payloads: Payloads;
  readonly #ancestry: Ancestry;
  readonly #received: (colour: number) => void;
  readonly #traffic: Traffic;
  /** The client's slot and the workers'. */
  readonly #slots: number;
  readonly rings: readonly RingOwner[];
  readonly #free: number[] = [];
  readonly #guests = new Map<number, Guest>();
  readonly #cells: Map<number, number>[];
  /** All that have no cell yet, and of these the ones that lack nothing else. */
  readonly #arriving = new Set<Arrival>();
  readonly #waiting: Arrival[] = [];
  /** Cells that found their ring full. */
  #unpushed: Guest[] = [];
  /** Calls that are to go back to their place, and for which there was no room. */
  readonly #starved: Arrival[] = [];
  readonly #early = new Set<string>();
  /** Set once, before anything comes. */
  calls!: CallSink;
  readonly #writer = new Writer();

  /** `received` is told the colour of each task that comes, see protocol/termination.ts. */
  constructor({ station, group, names, payloads, ancestry, traffic }: Surroundings, received: (colour: number) => void) {
    this.#station = station;
    this.#group = group;
    this.#names = names;
    this.#payloads = payloads;
    this.#ancestry = ancestry;
    this.#received = received;
    this.#traffic = traffic;
    this.#slots = station.slot;
    this.rings = Array.from({ length: RINGS }, (_, ring) => new RingOwner(station.mem.i32, ringWord(station.slot, ring)));
    this.#cells = Array.from({ length: group.places }, () => new Map());
    const first = firstCell(station.map, station.slot);
    for (let i = CELLS_PER_SLOT - 1; i >= 0; i--) this.#free.push(first + i * CELL_BYTES);
    group.on(Record.SPAWN, { atLeast: 18 }, (from, body) => this.#receive(from, body));
    group.on(Record.CANCEL, { exactly: 4 }, (from, body) => this.#receiveCancel(from, body.u32()));
  }

  /** Tasks that have come and not ended. */
  get size(): number {
    return this.#guests.size + this.#arriving.size;
  }

  /** Calls wait for room in the heap, of which nobody tells. */
  get waitsForRoom(): boolean {
    return this.#starved.length > 0;
  }

  /** The tasks that have a cell, for whyStuck. */
  look(): [cell: number, from: number, token: number][] {
    return [...this.#guests.values()].map(({ cell, from, token }) => [cell, from, token]);
  }

  #receive(from: number, body: Reader): void {
    const token = body.u32();
    const flags = body.u32();
    const fn = body.u32();
    const colour = body.u32();
    const ring = body.u8();
    if (ring >= RINGS || (flags & CellFlag.AWAY) === 0) throw new MessageError(`place ${from} sends a task for ring ${ring}`);
    const line = this.#ancestry.read(body);
    const route = (flags & CellFlag.OBJECT) === 0 ? null : readRoute(body);
    const count = (flags >>> CellFlag.COUNT_SHIFT) & CellFlag.COUNT_MASK;
    if (count !== IN_PAYLOAD && count > CELL_VALUES)
      throw new MessageError(`place ${from} sends a task with ${count} small arguments`);
    const values: number[] = [];
    if (count !== IN_PAYLOAD) for (let i = 0; i < count; i++) values.push(body.f64());
    const identity = arrivals === null ? 0 : body.f64();
    this.#received(colour);
    const arrival: Arrival = { from, token, flags, fn, ring, line, values, identity, payload: 0, route, cancelled: false };
    let payload: number;
    try {
      payload = this.#payloads.keepRest(body);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      const rest = body.ahead().slice();
      this.#refuseInTurn({ ...arrival, refused: error, rest });
      return route === null ? this.#payloads.giveBack(from, rest) : undefined;
    }
    this.#admit({ ...arrival, payload });
  }

  /** Refuses a task; a call of an object when it is its turn. */
  #refuseInTurn(arrival: Arrival & { readonly refused: HeddleError }): void {
    if (arrival.route === null) return this.#refuse(arrival, arrival.refused);
    this.#arriving.add(arrival);
    this.calls.came(arrival.route, arrival);
  }

  /** Tries once more what there was no room for. True when there was. */
  #admitStarved(): boolean {
    const starved = this.#starved.splice(0);
    for (const it of starved) {
      try {
        const payload = this.#station.values.writeBlock(it.rest!);
        const { refused: _, rest: __, ...arrival } = it;
        this.#arriving.delete(it);
        this.#admit({ ...arrival, payload });
      } catch (error) {
        if (!(error instanceof OutOfMemoryError)) throw error;
        this.#starved.push(it);
      }
    }
    return this.#starved.length < starved.length;
  }

  /** Gives an arrival its cell, once all that it mentions is known and a cell is free. */
  #admit(arrival: Arrival): void {
    const { from, fn, payload } = arrival;
    this.#arriving.add(arrival);
    const ready = (): void => {
      if (arrival.route === null) this.#settle(arrival);
      else this.calls.came(arrival.route, arrival);
    };
    const failed = (error: HeddleError): void => {
      this.#arriving.delete(arrival);
      this.#refuseInTurn({ ...arrival, payload: 0, refused: error });
    };
    this.#payloads.whenReadable(from, payload, ready, failed, fn);
  }

  #settle(arrival: Arrival): void {
    if (this.#free.length === 0) this.#waiting.push(arrival);
    else this.#settleIn(arrival);
  }

  /** It is the turn of a call of an object that a worker of this place has. */
  deliver(arrival: Arrival, slot: number): void {
    if (arrival.refused !== undefined) {
      if (arrival.rest !== undefined) this.#payloads.giveBack(arrival.from, arrival.rest);
      this.refuseCall(arrival, arrival.refused);
      return this.calls.skipped(arrival.route!.id);
    }
    arrival.slot = slot;
    this.#settle(arrival);
  }

  /** The object that it calls is not here: sends the call back with what is known. */
  giveBack(arrival: Arrival, residence: { place: number; moves: number } | null): void {
    const { from, token, payload, refused, rest } = arrival;
    if (rest !== undefined) return void this.#starved.push(arrival); // what it is called with is to go back: until then it waits for room
    this.#arriving.delete(arrival);
    if (refused !== undefined) return this.#refuse(arrival, refused);
    this.#payloads.leave(from, payload);
    const head = this.#writer
      .clear()
      .u32(token)
      .i32(residence?.place ?? -1)
      .i32(residence?.moves ?? -1);
    const { heap, values } = this.#station;
    this.#group.sendRange(from, Record.RETURNED, head.bytes(), values.rangeOf(payload), () => heap.free(payload));
  }

  /** The object that it calls is no more. */
  refuseCall(arrival: Arrival, error: HeddleError): void {
    this.#arriving.delete(arrival);
    this.#payloads.discard(arrival.payload);
    this.#refuse(arrival, error);
  }

  #settleIn(arrival: Arrival): void {
    const { i32, f64 } = this.#station.mem;
    const { from, token, flags, fn, ring, line, values, identity, payload, route, cancelled } = arrival;
    this.#arriving.delete(arrival);
    if (cancelled || this.#early.delete(keyOf(arrival))) {
      this.#payloads.discard(payload);
      this.#answer(arrival, Outcome.CANCELLED);
      if (route !== null) this.calls.skipped(route.id);
      return;
    }
    const cell = this.#free.pop()!;
    const word = cellWord(cell);
    i32[word + Cell.KIND] = MessageKind.CELL;
    i32[word + Cell.FUNCTION] = this.#names.local(from, fn)!;
    i32[word + Cell.FLAGS] = flags;
    i32[word + Cell.PAYLOAD] = payload;
    i32[word + Cell.MARK] = CancelMark.NONE;
    i32[word + Cell.THIEF] = 0;
    i32[word + Cell.FAILURES] = 0;
    i32[word + Cell.TAG] = this.#ancestry.tagOf(line);
    for (const [i, value] of values.entries()) f64[valueIndex(cell, i)] = value;
    if (route !== null) f64[valueIndex(cell, 1)] = route.id;
    if (arrivals !== null) f64[valueIndex(cell, 0)] = identity;
    const slot = arrival.slot ?? this.#recordedSlot(identity);
    i32[word + Cell.STATE] = CellState.READY; // plain: the push publishes the cell
    this.#ancestry.keep(cell, line);
    const guest: Guest = { from, token, cell, ring, slot, resulted: false, reported: false };
    this.#guests.set(cell, guest);
    this.#cells[from]!.set(token, cell);
    this.#traffic.arrival(cell, from, token);
    this.#push(guest);
  }

  /** The worker that began this task in the recorded run. */
  #recordedSlot(identity: number): number | undefined {
    const at = arrivals?.whereabouts(identity);
    return at?.place === this.#group.place ? at.slot : undefined;
  }

  #push(guest: Guest): void {
    const { i32 } = this.#station.mem;
    if (guest.slot !== undefined) {
      i32[cellWord(guest.cell) + Cell.KIND] = MessageKind.CALL;
      return this.#station.sendTo(guest.slot, guest.cell);
    }
    if (!this.rings[guest.ring]!.push(guest.cell)) {
      this.#unpushed.push(guest);
      return;
    }
    if (guest.ring < PRIORITY.normal) store(i32, Control.URGENT, 1); // after the push, as in Station.push
    if (summon(i32, this.#slots, 0)) return;
    const tag = i32[cellWord(guest.cell) + Cell.TAG]! >>> 0;
    if (tag !== 0 && wake(i32, ownerOf(this.#station.map, tag))) return;
    // All workers wait on their stacks, or run something: one that waits may run this meanwhile.
    for (let slot = 1; slot < this.#slots; slot++) if (wake(i32, slot)) return;
  }

  /** Goes on with what waited for a cell or for room in a ring. True when anything could. */
  retry(): boolean {
    const admitted = this.#starved.length > 0 && this.#admitStarved();
    if (this.#unpushed.length === 0 && (this.#waiting.length === 0 || this.#free.length === 0)) return admitted;
    const unpushed = this.#unpushed;
    const waiting = this.#waiting.splice(0, this.#free.length);
    this.#unpushed = [];
    for (const guest of unpushed) this.#push(guest);
    for (const arrival of waiting) this.#settleIn(arrival);
    return admitted || waiting.length > 0 || this.#unpushed.length < unpushed.length;
  }

  // ---- answers -----------------------------------------------------------------------------------------------------

  /** A cell is back. */
  comeHome(cell: number): void {
    const guest = this.#guests.get(cell);
    if (guest === undefined) return;
    const { i32 } = this.#station.mem;
    const word = cellWord(cell);
    const state = load(i32, word + Cell.STATE);
    if (state === CellState.CANCELLED) {
      this.#payloads.discard(this.#takePayload(cell));
      this.#answer(guest, Outcome.CANCELLED);
      return this.#release(guest);
    }
    if (!guest.resulted) {
      const left =
        state === CellState.RESULT &&
        compareExchange(i32, word + Cell.STATE, CellState.RESULT, CellState.RECEIVED) === CellState.RESULT;
      this.#sendResult(guest, !left && i32[word + Cell.FAILURES] === 0);
      if (left) return;
      if (i32[word + Cell.FAILURES] !== 0) this.#sendEnd(guest);
    } else this.#sendEnd(guest);
    this.#release(guest);
  }

  #takePayload(cell: number): number {
    const { i32 } = this.#station.mem;
    const payload = i32[cellWord(cell) + Cell.PAYLOAD]! >>> 0;
    i32[cellWord(cell) + Cell.PAYLOAD] = 0;
    return payload;
  }

  #sendResult(guest: Guest, ended: boolean): void {
    const { mem, values, heap } = this.#station;
    const { from, token, cell } = guest;
    guest.resulted = true;
    this.#traffic.answer(from, token);
    const payload = this.#takePayload(cell);
    const flags = mem.i32[cellWord(cell) + Cell.FLAGS]! >>> 0;
    const head = this.#writer
      .clear()
      .u32(token)
      .u32(flags)
      .u32(ended ? 1 : 0)
      .f64(mem.f64[valueIndex(cell, 0)]!);
    if (payload === 0) return this.#group.send(from, Record.RESULT, head.bytes());
    this.#payloads.leave(from, payload);
    const range = values.rangeOf(payload);
    this.#group.sendRange(from, Record.RESULT, head.bytes(), range, () => heap.free(payload));
  }

  #sendEnd({ from, token, cell }: Guest): void {
    const { mem, values, heap } = this.#station;
    const word = cellWord(cell);
    const failures = mem.i32[word + Cell.FAILURES]! >>> 0;
    mem.i32[word + Cell.FAILURES] = 0;
    const head = this.#writer.clear().u32(token);
    if (failures === 0) return this.#group.send(from, Record.END, head.bytes());
    this.#payloads.leave(from, failures);
    this.#group.sendRange(from, Record.END, head.bytes(), values.rangeOf(failures), () => heap.free(failures));
  }

  /** An answer without a value, for a task that was never begun. */
  #answer({ from, token }: { readonly from: number; readonly token: number }, outcome: number): void {
    const flags = Kind.UNDEFINED | (outcome << CellFlag.OUTCOME_SHIFT);
    this.#group.send(from, Record.RESULT, this.#writer.clear().u32(token).u32(flags).u32(1).f64(0).bytes());
  }

  #refuse({ from, token }: Pick<Arrival, "from" | "token">, error: HeddleError): void {
    const bytes = this.#station.away.encodeError(error);
    const flags = Kind.ENCODED | (Outcome.ERROR << CellFlag.OUTCOME_SHIFT);
    this.#group.send(from, Record.RESULT, this.#writer.clear().u32(token).u32(flags).u32(1).f64(0).raw(bytes).bytes());
  }

  #release(guest: Guest): void {
    const { cell, from, token } = guest;
    this.#guests.delete(cell);
    this.#cells[from]!.delete(token);
    this.#ancestry.forget(cell);
    this.#station.mem.i32[cellWord(cell) + Cell.STATE] = CellState.FREE;
    this.#free.push(cell);
  }

  // ---- cancellation and losses -------------------------------------------------------------------------------------

  #receiveCancel(from: number, token: number): void {
    const cell = this.#cells[from]!.get(token);
    if (cell !== undefined) return this.#cancel(cell);
    const arrival = [...this.#arriving].find((it) => it.from === from && it.token === token);
    if (arrival !== undefined) arrival.cancelled = true;
    else {
      // It has ended, and the answer is on its way; or a large task is still to come.
      if (this.#early.size === MOST_EARLY) this.#early.delete(this.#early.values().next().value!);
      this.#early.add(keyOf({ from, token }));
    }
  }

  #cancel(cell: number): void {
    const { i32 } = this.#station.mem;
    const word = cellWord(cell);
    store(i32, word + Cell.MARK, CancelMark.ASKED);
    if (compareExchange(i32, word + Cell.STATE, CellState.READY, CellState.CANCELLED) === CellState.READY) return;
    add(i32, Control.CANCEL_EPOCH, 1);
    wake(i32, load(i32, word + Cell.THIEF));
  }

  /** Something below tasks from elsewhere has failed: the places that they came from are told. */
  lookForFailures(): void {
    const { i32 } = this.#station.mem;
    for (const guest of this.#guests.values()) {
      if (guest.reported || load(i32, cellWord(guest.cell) + Cell.MARK) !== CancelMark.FAILED) continue;
      guest.reported = true;
      this.#group.send(guest.from, Record.FAILED, this.#writer.clear().u32(guest.token).bytes());
    }
  }

  /** Nobody waits any more for what came from a place that is lost. */
  lose(place: number): void {
    for (const guest of this.#guests.values()) if (guest.from === place) this.#cancel(guest.cell);
    for (const arrival of [...this.#arriving]) {
      if (arrival.from !== place) continue;
      arrival.cancelled = true;
      const starved = this.#starved.indexOf(arrival);
      if (starved >= 0) this.#starved.splice(starved, 1);
      if (!this.#waiting.includes(arrival) && arrival.route === null) this.#arriving.delete(arrival); // `Payloads` forgets it
    }
  }
}

const readRoute = (body: Reader): Route => ({
  id: body.f64(),
  number: body.u32(),
  moves: body.i32(),
  alone: body.u8() === 1,
});

const keyOf = ({ from, token }: { readonly from: number; readonly token: number }): string => `${from} ${token}`;
