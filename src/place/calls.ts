/**
 * Calls of objects that move between places, in the communication thread: a call is a task whose place and worker are where the object is when it is its turn. Where there
 * is one place, the main thread does this. See mobile/README.md.
 */
import type { HeddleError, PlaceLostError } from "../errors.ts";
import { ObjectGoneError } from "../errors.ts";
import type { Reader, Writer } from "../net/wire.ts";
import { wake } from "../sched/parking.ts";
import type { Station } from "../sched/station.ts";
import { compareExchange, load, store } from "../shared/atomics.ts";
import { CancelMark, Cell, CellFlag, CellState, cellWord, Outcome, ownerOf, valueIndex } from "../shared/cell.ts";
import { RINGS, Slot, slotWord } from "../shared/layout.ts";
import { awayKind, Message, MessageKind, OF_OBJECT, post, ringOfAway } from "../shared/mailbox.ts";
import { dropPayload } from "../task/outcome.ts";
import type { Group } from "./group.ts";
import { inOrder, orderly } from "./in-order.ts";
import type { Arrival, Incoming } from "./incoming.ts";
import type { Outgoing } from "./outgoing.ts";
import { type Call, Directory, type Numbers, type Residence } from "./protocol/directory.ts";
import { ProtocolNumber } from "./records.ts";
import type { Desk } from "./requests.ts";
import { AskTopic } from "./topics.ts";

/** What a call brings along to another place. */
export interface Route {
  readonly id: number;
  readonly number: number;
  readonly moves: number;
  readonly alone: boolean;
}

/** A call of this place: its cell is that of the thread that made it. */
export interface LocalCall extends Call {
  readonly id: number;
  readonly cell: number;
  readonly ring: number;
}

interface RemoteCall extends Call {
  readonly arrival: Arrival;
}

type AnyCall = LocalCall | RemoteCall;

export type Returned = (call: LocalCall, residence: Residence | null) => void;

/** Where calls of other places go. */
export interface CallSink {
  came(route: Route, arrival: Arrival): void;
  /** A call that was delivered will not begin. */
  skipped(id: number): void;
}

/** What threads ask of the thread that keeps the directory. */
export const ObjectAsk = { MAKE: 0, FIND: 1, ARRIVED: 2, LEAVE: 3, LEFT: 4, STAYED: 5, REMOVE: 6 } as const;

/** Word offsets of CALL_ENDED behind the header: the object's number and how many moves it had, as float64; `moves` -1: the worker of SLOT is a new one. */
const Ended = { SLOT: 2, ID: 4, MOVES: 6 } as const;
const ENDED_BYTES = 32;

interface Resident {
  readonly slot: number;
  readonly generation: number;
  readonly moves: number;
}

interface Remote {
  readonly group: Group;
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
}

export class Calls implements CallSink {
  readonly #station: Station;
  readonly #remote: Remote | null;
  readonly #directory: Directory<AnyCall>;
  readonly #place: number;
  /** Which worker has the objects that are here. */
  readonly #residents = new Map<number, Resident>();

  constructor(station: Station, desk: Desk, remote: Remote | null) {
    this.#station = station;
    this.#remote = remote;
    this.#place = remote?.group.place ?? 0;
    const carrier = {
      send: (to: number, _id: number, call: AnyCall) => remote!.outgoing.sendCall(call as LocalCall, to),
      giveBack: (_id: number, call: AnyCall, residence: Residence | null, error: Error | null) => {
        if ("cell" in call) failCell(station, call.cell, error!);
        else if (error === null) remote!.incoming.giveBack(call.arrival, residence);
        else remote!.incoming.refuseCall(call.arrival, error as HeddleError);
      },
      deliver: (id: number, call: AnyCall) => this.#deliver(id, call),
    };
    if (remote === null) {
      this.#directory = new Directory({ place: 0, places: 1, send: () => {} }, carrier);
    } else {
      let directory!: Directory<AnyCall>;
      remote.group.mount(ProtocolNumber.DIRECTORY, (link) => {
        directory = new Directory<AnyCall>(link, carrier);
        return orderly(directory, "news of objects", (from, message) => `${from} ${message.join()}`);
      });
      this.#directory = directory;
      remote.incoming.calls = this;
      remote.outgoing.returned = (call, residence) =>
        inOrder("a call is back", `${this.#identityOf(call.cell)}`, () => directory.returned(call.id, call, residence));
    }
    station.receivers.set(MessageKind.CALL_ENDED, (node) => this.#hearOfEnd(node));
    desk.on(AskTopic.OBJECT, (body, reply) => this.#answer(body, reply));
  }

  /** Calls that wait here. */
  get waiting(): number {
    return this.#directory.waiting;
  }

  /** Where this is not the communication thread: takes its mail of calls. */
  listen(): void {
    for (let ring = 0; ring < RINGS; ring++)
      this.#station.receivers.set(awayKind(ring, OF_OBJECT) | 0, (cell) => this.take(cell));
  }

  /** A call of a thread of this place, which has come by mail. */
  take(cell: number): void {
    const { i32, f64 } = this.#station.mem;
    const word = cellWord(cell);
    const ring = ringOfAway(i32[word + Cell.KIND]!);
    i32[word + Cell.KIND] = MessageKind.CELL;
    i32[word + Cell.THIEF] = this.#station.slot;
    if (compareExchange(i32, word + Cell.STATE, CellState.READY, CellState.RUNNING) !== CellState.READY)
      return sendHome(this.#station, cell, word + Cell.THIEF, 0);
    const id = f64[valueIndex(cell, 1)]!;
    const alone = f64[valueIndex(cell, 2)] === 1;
    inOrder("a call is made", `${this.#identityOf(cell)}`, () =>
      this.#directory.call(id, { origin: this.#place, number: 0, moves: -1, alone, id, cell, ring }),
    );
  }

  #identityOf(cell: number): number {
    return this.#station.mem.f64[valueIndex(cell, 0)]!;
  }

  came(route: Route, arrival: Arrival): void {
    const { id, number, moves, alone } = route;
    inOrder("a call has come", `${arrival.identity}`, () =>
      this.#directory.came(id, { origin: arrival.from, number, moves, alone, arrival }),
    );
  }

  skipped(id: number): void {
    const resident = this.#residents.get(id);
    if (resident !== undefined) this.#directory.ended(id, resident.moves);
  }

  lose(place: number, error: PlaceLostError): void {
    this.#directory.lose(place, error);
  }

  #deliver(id: number, call: AnyCall): void {
    const { slot } = this.#residents.get(id)!;
    if (!("cell" in call)) return this.#remote!.incoming.deliver(call.arrival, slot);
    const { i32 } = this.#station.mem;
    const word = cellWord(call.cell);
    i32[word + Cell.KIND] = MessageKind.CALL;
    store(i32, word + Cell.STATE, CellState.READY);
    // Its owner may have marked it before, and not found it READY; then it goes there all the same, and is not begun.
    if (load(i32, word + Cell.MARK) === CancelMark.ASKED)
      compareExchange(i32, word + Cell.STATE, CellState.READY, CellState.CANCELLED);
    this.#station.sendTo(slot, call.cell);
  }

  #hearOfEnd(node: number): void {
    const { mem, heap } = this.#station;
    const word = node >>> 2;
    const slot = mem.i32[word + Ended.SLOT]!;
    const id = mem.f64[(word + Ended.ID) >>> 1]!;
    const moves = mem.f64[(word + Ended.MOVES) >>> 1]!;
    heap.free(node);
    if (moves >= 0) return inOrder("a call has ended", `${slot} ${id} ${moves}`, () => this.#directory.ended(id, moves));
    for (const [object, resident] of [...this.#residents]) {
      if (resident.slot !== slot || resident.generation === generationOf(this.#station, slot)) continue;
      this.#residents.delete(object);
      this.#directory.remove(object, new ObjectGoneError("The worker that held the object died."));
    }
  }

  #answer(body: Reader, reply: { done(write?: (answer: Writer) => void): void; failed(error: unknown): void }): void {
    const what = body.u8();
    const slot = body.u32();
    const id = body.f64();
    const directory = this.#directory;
    const told = (error: Error | null, found: number): void => {
      if (error !== null) reply.failed(error);
      else reply.done((answer) => answer.f64(found));
    };
    switch (what) {
      case ObjectAsk.MAKE:
        return directory.make(body.u8() === 0 ? null : body.text(), told);
      case ObjectAsk.FIND:
        return directory.find(body.text(), told);
      case ObjectAsk.ARRIVED: {
        const moves = body.u32();
        const interleaved = body.u8() === 1;
        const numbers: [number, number][] = [];
        for (let left = body.u32(); left > 0; left--) numbers.push([body.u32(), body.u32()]);
        this.#residents.set(id, { slot, generation: generationOf(this.#station, slot), moves });
        directory.arrived(id, moves, numbers, interleaved);
        return reply.done();
      }
      case ObjectAsk.LEAVE: {
        const { moves, numbers } = directory.leave(id);
        return reply.done((answer) => writeNumbers(answer.u32(moves), numbers));
      }
      case ObjectAsk.LEFT: {
        const to = body.u32();
        const moves = body.u32();
        directory.left(id, to, moves);
        if (!directory.isHere(id)) this.#residents.delete(id);
        return reply.done();
      }
      case ObjectAsk.STAYED: {
        const resident = this.#residents.get(id)!;
        this.#residents.set(id, { ...resident, moves: directory.stayed(id) });
        return reply.done();
      }
      default:
        this.#residents.delete(id);
        directory.remove(id);
        return reply.done();
    }
  }
}

const generationOf = (station: Station, slot: number): number => station.mem.i32[slotWord(slot) + Slot.GENERATION]!;

export function writeNumbers(writer: Writer, numbers: Numbers): void {
  writer.u32(numbers.length);
  for (const [place, next] of numbers) writer.u32(place).u32(next);
}

/** Tells the thread with the directory, slot `to`, that a call of an object has ended; with `moves` -1, that this thread is new in its slot. */
export function tellEnded(station: Station, to: number, id: number, moves: number): void {
  const { mem, heap } = station;
  const node = heap.alloc(ENDED_BYTES);
  const word = node >>> 2;
  mem.i32[word + Message.KIND] = MessageKind.CALL_ENDED;
  mem.i32[word + Ended.SLOT] = station.slot;
  mem.f64[(word + Ended.ID) >>> 1] = id;
  mem.f64[(word + Ended.MOVES) >>> 1] = moves;
  station.sendTo(to, node);
}

function sendHome(station: Station, cell: number, mark: number, value: number): void {
  const { i32 } = station.mem;
  const owner = ownerOf(station.map, cell);
  post(i32, slotWord(owner) + Slot.MAILBOX, cell, mark, value);
  wake(i32, owner);
}

/** Ends the task of a cell, which is RUNNING and has no result, with an error. */
export function failCell(station: Station, cell: number, error: Error): void {
  const { mem, values } = station;
  const word = cellWord(cell);
  const payload = mem.i32[word + Cell.PAYLOAD]! >>> 0;
  if (payload !== 0) dropPayload(station, payload);
  mem.i32[word + Cell.PAYLOAD] = 0;
  const kind = values.writeError(cell, error);
  mem.i32[word + Cell.FLAGS] =
    kind | (Outcome.ERROR << CellFlag.OUTCOME_SHIFT) | (mem.i32[word + Cell.FLAGS]! & (CellFlag.SCOPED | CellFlag.AWAY));
  sendHome(station, cell, word + Cell.STATE, CellState.ENDED);
}
