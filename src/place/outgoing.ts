/**
 * Tasks that go to other places. Towards their owners, threads of this place, the communication thread plays the thief: it takes the
 * cell, and sends it home when the answer has come. See README.md.
 */
import { MessageError, type PlaceLostError } from "../errors.ts";
import { type Reader, Writer } from "../net/wire.ts";
import { wake } from "../sched/parking.ts";
import type { Station } from "../sched/station.ts";
import { Kind } from "../sched/values.ts";
import { add, compareExchange, load } from "../shared/atomics.ts";
import {
  CancelMark,
  CELL_VALUES,
  Cell,
  CellFlag,
  CellState,
  cellWord,
  IN_PAYLOAD,
  Outcome,
  ownerOf,
  valueIndex,
} from "../shared/cell.ts";
import { Control, Slot, slotWord } from "../shared/layout.ts";
import { ANYWHERE, MessageKind, placeOfAway, post, ringOfAway } from "../shared/mailbox.ts";
import type { Ancestry } from "./ancestry.ts";
import { failCell, type LocalCall, type Returned } from "./calls.ts";
import type { FunctionNames } from "./function-names.ts";
import type { Group } from "./group.ts";
import { arrivals } from "./in-order.ts";
import type { Payloads, Surroundings } from "./payloads.ts";
import { Record } from "./records.ts";
import type { Traffic } from "./traffic.ts";

/** What of FLAGS goes along with a task, and what comes back. */
const ARGUMENT_FLAGS =
  0x1ff |
  (CellFlag.ABSENT_MASK << CellFlag.ABSENT_SHIFT) |
  (CellFlag.COUNT_MASK << CellFlag.COUNT_SHIFT) |
  CellFlag.AWAY |
  CellFlag.KEEP_GOING |
  CellFlag.SCOPED |
  CellFlag.BLOCKING |
  CellFlag.OBJECT |
  CellFlag.OPTIONS;
const RESULT_FLAGS = 0x7 | CellFlag.BEGUN | (CellFlag.OUTCOME_MASK << CellFlag.OUTCOME_SHIFT);

interface Trip {
  readonly cell: number;
  readonly place: number;
  /** The place has been asked to cancel it. */
  told: boolean;
  /** Its result has come. */
  resulted: boolean;
  /** All below it has ended: the block with the failures, or 0. It may come before a large result. */
  end: number | null;
  /** Of a call of an object. */
  readonly call?: LocalCall;
}

export class Outgoing {
  readonly #station: Station;
  readonly #group: Group;
  readonly #names: FunctionNames;
  readonly #payloads: Payloads;
  readonly #ancestry: Ancestry;
  readonly #colour: () => number;
  readonly #traffic: Traffic;
  readonly #trips = new Map<number, Trip>();
  readonly #writer = new Writer();
  #token = 0;

  /** Set once, before anything is sent or comes. */
  returned!: Returned;

  /** `colour` is asked for each task that leaves, see protocol/termination.ts. */
  constructor({ station, group, names, payloads, ancestry, traffic }: Surroundings, colour: () => number) {
    this.#station = station;
    this.#group = group;
    this.#names = names;
    this.#payloads = payloads;
    this.#ancestry = ancestry;
    this.#colour = colour;
    this.#traffic = traffic;
    group.on(Record.RESULT, { atLeast: 20 }, (from, body) => this.#receiveResult(from, body));
    group.on(Record.END, { atLeast: 4 }, (from, body) => this.#receiveEnd(from, body));
    group.on(Record.FAILED, { exactly: 4 }, (from, body) => this.#receiveFailed(from, body));
    group.on(Record.RETURNED, { atLeast: 12 }, (from, body) => this.#receiveReturned(from, body));
  }

  get size(): number {
    return this.#trips.size;
  }

  /** The tasks that are out, for whyStuck. */
  look(): [cell: number, to: number, token: number][] {
    return [...this.#trips].map(([token, { cell, place }]) => [cell, place, token]);
  }

  /** Takes a cell that has come by mail, and sends its task to a place. */
  take(cell: number, place: number): void {
    const { i32 } = this.#station.mem;
    const word = cellWord(cell);
    const kind = i32[word + Cell.KIND]!;
    i32[word + Cell.KIND] = MessageKind.CELL;
    i32[word + Cell.THIEF] = this.#station.slot;
    if (compareExchange(i32, word + Cell.STATE, CellState.READY, CellState.RUNNING) !== CellState.READY)
      return this.#sendHome(cell, word + Cell.THIEF, 0);
    const token = (this.#token = (this.#token + 1) >>> 0);
    const trip: Trip = { cell, place, told: false, resulted: false, end: null };
    const loss = this.#group.lossOf(place);
    if (loss !== undefined) return this.#fail(trip, loss);
    this.#trips.set(token, trip);
    this.#names.tell(place);
    this.#traffic.away(cell, place, token, placeOfAway(kind) === ANYWHERE);
    this.#send(token, trip, ringOfAway(kind));
  }

  /** Sends a call of an object, whose cell is RUNNING, to a place where the object may be. */
  sendCall(call: LocalCall, place: number): void {
    const { cell } = call;
    const { i32 } = this.#station.mem;
    const token = (this.#token = (this.#token + 1) >>> 0);
    const trip: Trip = { cell, place, told: false, resulted: false, end: null, call };
    const loss = this.#group.lossOf(place);
    if (loss !== undefined) return this.#fail(trip, loss);
    this.#trips.set(token, trip);
    this.#names.tell(place);
    this.#send(token, trip, call.ring);
    if (load(i32, cellWord(cell) + Cell.MARK) === CancelMark.ASKED) this.#cancel(token, trip); // it was somewhere else before
  }

  #send(token: number, { cell, place, call }: Trip, ring: number): void {
    const { mem, values, heap } = this.#station;
    const word = cellWord(cell);
    const flags = mem.i32[word + Cell.FLAGS]! & ARGUMENT_FLAGS;
    const count = (flags >>> CellFlag.COUNT_SHIFT) & CellFlag.COUNT_MASK;
    const head = this.#writer.clear();
    head
      .u32(token)
      .u32(flags >>> 0)
      .u32(mem.i32[word + Cell.FUNCTION]!)
      .u32(this.#colour())
      .u8(ring);
    this.#ancestry.write(cell, place, head);
    if (call !== undefined)
      head
        .f64(call.id)
        .u32(call.number)
        .i32(call.moves)
        .u8(call.alone ? 1 : 0);
    if (count !== IN_PAYLOAD) for (let i = 0; i < Math.min(count, CELL_VALUES); i++) head.f64(mem.f64[valueIndex(cell, i)]!);
    if (arrivals !== null) head.f64(mem.f64[valueIndex(cell, 0)]!); // its identity
    const payload = mem.i32[word + Cell.PAYLOAD]! >>> 0;
    mem.i32[word + Cell.PAYLOAD] = 0;
    this.#payloads.leave(place, payload);
    if (payload === 0) this.#group.send(place, Record.SPAWN, head.bytes());
    else this.#group.sendRange(place, Record.SPAWN, head.bytes(), values.rangeOf(payload), () => heap.free(payload));
  }

  // ---- answers -----------------------------------------------------------------------------------------------------

  #tripOf(from: number, token: number): Trip {
    const trip = this.#trips.get(token);
    if (trip === undefined || trip.place !== from)
      throw new MessageError(`place ${from} answers for task ${token}, which it does not have`);
    return trip;
  }

  #receiveResult(from: number, body: Reader): void {
    const token = body.u32();
    const flags = body.u32() & RESULT_FLAGS;
    const ended = body.u32() !== 0;
    const value = body.f64();
    const trip = this.#tripOf(from, token);
    if (trip.resulted) throw new MessageError(`place ${from} answers twice for task ${token}`);
    const failure = Kind.ENCODED | (Outcome.ERROR << CellFlag.OUTCOME_SHIFT) | (flags & CellFlag.BEGUN);
    this.#payloads.take(
      from,
      body,
      (payload) => this.#takeResult(token, trip, flags, value, payload, ended),
      (error) => this.#takeResult(token, trip, failure, 0, this.#errorBlock(error), ended),
    );
  }

  #takeResult(token: number, trip: Trip, flags: number, value: number, payload: number, ended: boolean): void {
    const { mem } = this.#station;
    const word = cellWord(trip.cell);
    mem.f64[valueIndex(trip.cell, 0)] = value;
    mem.i32[word + Cell.PAYLOAD] = payload;
    mem.i32[word + Cell.FLAGS] = flags | (mem.i32[word + Cell.FLAGS]! & (CellFlag.SCOPED | CellFlag.AWAY));
    trip.resulted = true;
    this.#traffic.back(trip.place, token);
    if (ended) trip.end = 0;
    if (trip.end !== null) return this.#end(token, trip, trip.end, false);
    this.#sendHome(trip.cell, word + Cell.STATE, CellState.RESULT);
  }

  #receiveEnd(from: number, body: Reader): void {
    const token = body.u32();
    const trip = this.#tripOf(from, token);
    const end = (failures: number): void => {
      if (trip.resulted) this.#end(token, trip, failures, true);
      else trip.end = failures;
    };
    this.#payloads.take(from, body, end, (error) => end(this.#station.values.writeFailures(trip.cell, [error])));
  }

  /** `posted`: with its result the cell has been sent home before. */
  #end(token: number, { cell }: Trip, failures: number, posted: boolean): void {
    this.#trips.delete(token);
    const { i32 } = this.#station.mem;
    const word = cellWord(cell);
    i32[word + Cell.FAILURES] = failures;
    // Still RESULT: the owner has not read its mail, and will find the end together with the result.
    if (posted && compareExchange(i32, word + Cell.STATE, CellState.RESULT, CellState.ENDED) === CellState.RESULT) return;
    this.#sendHome(cell, word + Cell.STATE, CellState.ENDED);
  }

  #receiveFailed(from: number, body: Reader): void {
    const { cell } = this.#tripOf(from, body.u32());
    const { i32 } = this.#station.mem;
    compareExchange(i32, cellWord(cell) + Cell.MARK, CancelMark.NONE, CancelMark.FAILED);
    add(i32, Control.CANCEL_EPOCH, 1);
    wake(i32, ownerOf(this.#station.map, cell));
  }

  /** An object was not where its call was sent to: the call has come back, with its arguments. */
  #receiveReturned(from: number, body: Reader): void {
    const token = body.u32();
    const place = body.i32();
    const moves = body.i32();
    const trip = this.#tripOf(from, token);
    const { call, cell } = trip;
    if (call === undefined || trip.resulted || place >= this.#group.places)
      throw new MessageError(`place ${from} sends back task ${token}, which was for that place`);
    const route = (payload: number): void => {
      this.#trips.delete(token);
      this.#station.mem.i32[cellWord(cell) + Cell.PAYLOAD] = payload;
      this.returned(call, place < 0 ? null : { place, moves });
    };
    this.#payloads.take(from, body, route, (error) => route(this.#errorBlock(error))); // its turn must come all the same: later calls wait for it
  }

  /** What stands in for a value, or for arguments, that had to be given up. */
  #errorBlock(error: Error): number {
    return this.#station.values.writeBlock(this.#station.away.encodeError(error));
  }

  #sendHome(cell: number, mark: number, value: number): void {
    const { mem, map } = this.#station;
    const owner = ownerOf(map, cell);
    post(mem.i32, slotWord(owner) + Slot.MAILBOX, cell, mark, value);
    wake(mem.i32, owner);
  }

  // ---- cancellation and losses -------------------------------------------------------------------------------------

  /** Owners have asked for cancellations: the places are told. */
  lookForCancellation(): void {
    const { i32 } = this.#station.mem;
    for (const [token, trip] of this.#trips) {
      if (trip.told || load(i32, cellWord(trip.cell) + Cell.MARK) !== CancelMark.ASKED) continue;
      this.#cancel(token, trip);
    }
  }

  #cancel(token: number, trip: Trip): void {
    trip.told = true;
    this.#group.send(trip.place, Record.CANCEL, this.#writer.clear().u32(token).bytes());
  }

  /** Every task that the place had fails. */
  lose(place: number, error: PlaceLostError): void {
    for (const [token, trip] of [...this.#trips]) {
      if (trip.place !== place) continue;
      this.#trips.delete(token);
      this.#fail(trip, error);
    }
  }

  #fail(trip: Trip, error: Error): void {
    const { mem, values } = this.#station;
    const word = cellWord(trip.cell);
    if (trip.resulted) {
      mem.i32[word + Cell.FAILURES] = values.writeFailures(trip.cell, [error]);
      if (compareExchange(mem.i32, word + Cell.STATE, CellState.RESULT, CellState.ENDED) === CellState.RESULT) return;
    } else return failCell(this.#station, trip.cell, error);
    this.#sendHome(trip.cell, word + Cell.STATE, CellState.ENDED);
  }
}
