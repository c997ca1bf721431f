/**
 * Futures that several places know, for the communication thread. A future of another place is a stand-in here: a block like that of
 * any future, whose value is fetched when somebody wants it. Each stand-in holds the block, at the place from which it came, that was mentioned to
 * this place. See README.md, "Futures".
 */
import { type HeddleError, MessageError, type PlaceLostError, PromiseError } from "../errors.ts";
import { type Reader, Writer } from "../net/wire.ts";
import { State } from "../sched/state.ts";
import type { Station } from "../sched/station.ts";
import { add, compareExchange, notify, store } from "../shared/atomics.ts";
import { Control } from "../shared/layout.ts";
import { Message, MessageKind } from "../shared/mailbox.ts";
import { Obj, ObjType, retain, retainIfHeld } from "../shared/object.ts";
import { resultOf, subscribe } from "../shared/waiters.ts";
import { askForEncoding, FarMessage, FarTopic } from "../task/far-future.ts";
import { Far, FUTURE_WORDS, FutureWord } from "../task/future-block.ts";
import { awayOf, closeWith, outcomeFromAway, stateOf } from "../task/outcome.ts";
import { cancelShared, destroyFuture } from "../task/shared-future.ts";
import type { Group } from "./group.ts";
import { arrivals, inOrder } from "./in-order.ts";
import type { Payloads, Surroundings } from "./payloads.ts";
import { Record } from "./records.ts";
import type { Traffic } from "./traffic.ts";

interface StandIn {
  readonly home: number;
  readonly nameAtHome: number;
  /** From where it came, and the block there that it holds, until it has its value. */
  readonly from: number;
  readonly parent: number;
  released: boolean;
  /** The value has been asked for, and the block is held until it comes. */
  asked: boolean;
  /** While the run is recorded or replayed: what its home calls it in every run. */
  id?: number;
}

/** Tells the protocol of termination of messages that may make work elsewhere. */
export interface Colours {
  sent(): number;
  received(colour: number): void;
}

const CLIENT = 0;

export class Futures {
  readonly #station: Station;
  readonly #group: Group;
  readonly #payloads: Payloads;
  readonly #colours: Colours;
  readonly #traffic: Traffic;
  readonly #writer = new Writer();
  readonly #standIns = new Map<number, StandIn>();
  readonly #byName = new Map<string, number>();
  /** For each place, how often it holds which blocks of this one; and how often all do. */
  readonly #held: Map<number, number>[];
  readonly #heldByAll = new Map<number, number>();
  /** What waits for outcomes that are being put into the form for other places. */
  readonly #encoding = new Map<number, (() => void)[]>();

  constructor({ station, group, payloads, traffic }: Surroundings, colours: Colours) {
    this.#station = station;
    this.#group = group;
    this.#payloads = payloads;
    this.#colours = colours;
    this.#traffic = traffic;
    this.#held = Array.from({ length: group.places }, () => new Map());
    station.receivers.set(MessageKind.FAR_FUTURE, (node) => this.#hear(node));
    group.on(Record.FUTURE_ASK, { exactly: 12 }, (from, body) => this.#receiveAsk(from, body));
    group.on(Record.FUTURE_VALUE, { atLeast: 12 }, (from, body) => this.#receiveValue(from, body));
    group.on(Record.FUTURE_PUT, { atLeast: 16 }, (from, body) => this.#receivePut(from, body));
    group.on(Record.FUTURE_CANCEL, { atLeast: 8 }, (from, body) => this.#receiveCancel(from, body));
    group.on(Record.FUTURE_RELEASE, { exactly: 4 }, (from, body) => this.#receiveRelease(from, body.u32()));
    group.on(Record.FUTURE_TOO_LATE, { exactly: 0 }, (from) => this.#reportLatePut(from));
  }

  // ---- names -------------------------------------------------------------------------------------------------------

  /** A message that mentions the block leaves for a place: what the message held, the place holds from now on. */
  leave(place: number, block: number): void {
    if (this.#group.lossOf(place) !== undefined) return this.#station.objects.drop(block);
    if (this.#traffic.on && !this.#standIns.has(block)) this.#traffic.exports(block);
    const held = this.#held[place]!;
    held.set(block, (held.get(block) ?? 0) + 1);
    this.#heldByAll.set(block, (this.#heldByAll.get(block) ?? 0) + 1);
  }

  /** A message has come that mentions a future. Its block here, which the message holds. @throws MessageError `HEDDLE_MESSAGE` */
  arrive(from: number, parent: number, home: number, nameAtHome: number): number {
    const { i32 } = this.#station.mem;
    if (home === this.#group.place) {
      this.#checkHeld(nameAtHome, from);
      retain(i32, nameAtHome);
      this.#sayRelease(from, parent);
      return nameAtHome;
    }
    if (home >= this.#group.places)
      throw new MessageError(`place ${from} mentions a future of place ${home}, which there is not`);
    const name = `${home} ${nameAtHome}`;
    const known = this.#byName.get(name);
    if (known !== undefined && retainIfHeld(i32, known)) {
      this.#sayRelease(from, parent);
      return known;
    }
    const block = this.#station.objects.makeBlock(ObjType.FUTURE, FUTURE_WORDS);
    const word = block >>> 2;
    i32[word + FutureWord.HOME] = home;
    i32[word + FutureWord.NAME_AT_HOME] = nameAtHome;
    store(i32, word + FutureWord.FAR, Far.YES);
    if (arrivals !== null) retain(i32, block); // kept to the end, see ../replay/README.md, "Several places"
    this.#byName.set(name, block);
    this.#traffic.standIn(block, home, nameAtHome);
    this.#standIns.set(block, { home, nameAtHome, from, parent, released: false, asked: false });
    return block;
  }

  #checkHeld(block: number, from: number): void {
    if (!this.#heldByAll.has(block)) throw new MessageError(`place ${from} names a future that this place has not given away`);
  }

  /** A message has come that mentions a future, and that nobody will read. */
  giveBack(from: number, parent: number): void {
    this.#sayRelease(from, parent);
  }

  #sayRelease(place: number, block: number): void {
    this.#group.send(place, Record.FUTURE_RELEASE, this.#writer.clear().u32(block).bytes());
  }

  #receiveRelease(from: number, block: number): void {
    const count = this.#held[from]!.get(block);
    if (count === undefined) throw new MessageError(`place ${from} gives back a future that it does not hold`);
    this.#takeBack(from, block, 1);
  }

  #takeBack(place: number, block: number, times: number): void {
    const held = this.#held[place]!;
    for (const counts of [held, this.#heldByAll]) {
      const left = counts.get(block)! - times;
      if (left === 0) counts.delete(block);
      else counts.set(block, left);
    }
    for (let i = 0; i < times; i++) this.#station.objects.drop(block);
  }

  #release(standIn: StandIn): void {
    if (standIn.released) return;
    standIn.released = true;
    if (arrivals === null) this.#sayRelease(standIn.from, standIn.parent);
  }

  // ---- what threads of this place want --------------------------------------------------------------------------------

  #hear(node: number): void {
    const { mem, heap, objects } = this.#station;
    const word = node >>> 2;
    const topic = mem.i32[word + FarMessage.TOPIC]!;
    const block = mem.i32[word + FarMessage.BLOCK]! >>> 0;
    const payload = mem.i32[word + FarMessage.PAYLOAD]! >>> 0;
    const state = mem.i32[word + FarMessage.STATE]!;
    const number = mem.i32[word + FarMessage.NUMBER]!;
    heap.free(node);
    if (topic === FarTopic.DEAD) return this.#bury(block);
    if (topic === FarTopic.ASK) return this.#ask(block);
    if (topic === FarTopic.ENCODED) {
      const waiting = this.#encoding.get(block) ?? [];
      this.#encoding.delete(block);
      for (const then of waiting) then();
    } else if (topic === FarTopic.PUT) {
      return inOrder("a promise of another place is put", `${number}`, () => {
        this.#put(block, state, number, payload);
        objects.drop(block);
      });
    } else {
      const { home, nameAtHome } = this.#standIns.get(block)!;
      const head = this.#writer.clear().u32(nameAtHome).u32(this.#colours.sent());
      this.#send(home, Record.FUTURE_CANCEL, head.bytes().slice(), payload, () => heap.free(payload));
    }
    objects.drop(block);
  }

  #put(block: number, state: number, number: number, payload: number): void {
    const { home, nameAtHome, released } = this.#standIns.get(block)!;
    if (released) {
      this.#payloads.discard(payload); // it has its value since the thread looked, and the home may have forgotten it
      return this.#reportLatePut(home);
    }
    const head = this.#writer
      .clear()
      .u32(nameAtHome)
      .u32(this.#colours.sent())
      .u32(state)
      .u32(number >>> 0);
    this.#send(home, Record.FUTURE_PUT, head.bytes().slice(), payload, () => this.#station.heap.free(payload));
  }

  /** Sends a payload; what it mentions, the place holds from now on. */
  #send(place: number, type: number, head: Uint8Array, payload: number, done: () => void): void {
    this.#payloads.leave(place, payload);
    this.#group.sendRange(place, type, head, this.#station.values.rangeOf(payload), done);
  }

  /** Fetches the value of a stand-in. The caller has set ASKED, and holds the block, which is held until the value comes. */
  #ask(block: number): void {
    const standIn = this.#standIns.get(block)!;
    standIn.asked = true;
    const loss = this.#group.lossOf(standIn.from);
    if (loss !== undefined) return this.#fail(block, standIn, loss);
    const body = this.#writer.clear().u32(standIn.parent).u32(block).u32(this.#colours.sent()).bytes();
    this.#group.send(standIn.from, Record.FUTURE_ASK, body);
  }

  #bury(block: number): void {
    const standIn = this.#standIns.get(block)!;
    const name = `${standIn.home} ${standIn.nameAtHome}`;
    this.#standIns.delete(block);
    if (this.#byName.get(name) === block) this.#byName.delete(name);
    destroyFuture(this.#station, block);
    this.#station.heap.free(block);
    this.#release(standIn);
  }

  // ---- what other places want ------------------------------------------------------------------------------------------

  #receiveAsk(from: number, body: Reader): void {
    const block = body.u32();
    const theirs = body.u32();
    const colour = body.u32();
    if (!this.#held[from]!.has(block)) throw new MessageError(`place ${from} asks for a future that it does not hold`);
    this.#colours.received(colour);
    const { mem, objects } = this.#station;
    retain(mem.i32, block);
    const { node, id } = objects.newWaiter(MessageKind.WAKE, () => this.#answer(block, from, theirs));
    if (!subscribe(mem.i32, (block >>> 2) + Obj.HEAD, node)) {
      objects.discardWaiter(node, id);
      this.#answer(block, from, theirs);
    } else if (compareExchange(mem.i32, (block >>> 2) + FutureWord.FAR, Far.YES, Far.ASKED) === Far.YES) {
      retain(mem.i32, block);
      this.#ask(block);
    }
  }

  /** It is settled: sends its value to a place that has asked, as soon as it has the form for that. */
  #answer(block: number, place: number, theirs: number): void {
    const { mem, objects } = this.#station;
    const { state, payload } = awayOf(this.#station, resultOf(mem.i32, (block >>> 2) + Obj.HEAD));
    if (payload === 0) return this.#whenEncoded(block, () => this.#answer(block, place, theirs));
    const head = this.#writer.clear().u32(theirs).u32(state).u32(this.#colours.sent());
    if (arrivals !== null) head.f64(this.#standIns.get(block)?.id ?? mem.f64[((block >>> 2) + Obj.ID) >>> 1]!);
    this.#payloads.hold(payload); // for the message, which the outcome does not give away
    this.#send(place, Record.FUTURE_VALUE, head.bytes().slice(), payload, () => objects.drop(block));
  }

  /** This thread does not know what the value mentions: the thread that made the future does. */
  #whenEncoded(block: number, then: () => void): void {
    const waiting = this.#encoding.get(block);
    if (waiting !== undefined) return void waiting.push(then);
    this.#encoding.set(block, [then]);
    askForEncoding(this.#station, block, this.#station.mem.i32[(block >>> 2) + Obj.OWNER]!);
  }

  #receivePut(from: number, body: Reader): void {
    const block = body.u32();
    const colour = body.u32();
    const state = body.u32();
    const number = body.u32();
    this.#checkHeld(block, from);
    if (state !== State.DONE && state !== State.FAILED)
      throw new MessageError(`place ${from} puts a promise into state ${state}`);
    this.#colours.received(colour);
    const { mem } = this.#station;
    if (mem.i32[(block >>> 2) + FutureWord.PUTTABLE] !== 1) throw new MessageError(`place ${from} puts what is no promise`);
    retain(mem.i32, block);
    const inTurn = (happens: () => void): void => inOrder("a promise is put", `${from} ${number}`, happens);
    const put = (outcome: number): void => {
      if (!closeWith(this.#station, block, outcome)) {
        const cancelled = stateOf(this.#station, resultOf(mem.i32, (block >>> 2) + Obj.HEAD)) === State.CANCELLED;
        if (!cancelled) this.#group.send(from, Record.FUTURE_TOO_LATE, new Uint8Array(0));
      }
      this.#station.objects.drop(block);
    };
    this.#payloads.take(
      from,
      body,
      (payload) => inTurn(() => put(outcomeFromAway(this.#station, state, payload))),
      (error) => inTurn(() => put(this.#failure(State.FAILED, error))),
    );
  }

  /** The outcome of what failed in this thread. */
  #failure(state: number, error: HeddleError): number {
    return outcomeFromAway(this.#station, state, this.#station.values.writeBlock(this.#station.away.encodeError(error)));
  }

  #receiveCancel(from: number, body: Reader): void {
    const block = body.u32();
    const colour = body.u32();
    this.#checkHeld(block, from);
    this.#colours.received(colour);
    retain(this.#station.mem.i32, block);
    const cancel = (outcome: number): void => {
      cancelShared(this.#station, block, outcome);
      this.#station.objects.drop(block);
    };
    this.#payloads.take(
      from,
      body,
      (payload) => cancel(outcomeFromAway(this.#station, State.CANCELLED, payload)),
      (error) => cancel(this.#failure(State.CANCELLED, error)),
    );
  }

  #receiveValue(from: number, body: Reader): void {
    const block = body.u32();
    const state = body.u32();
    const colour = body.u32();
    const id = arrivals === null ? 0 : body.f64();
    const standIn = this.#standIns.get(block);
    if (standIn?.from !== from || !standIn.asked || standIn.released)
      throw new MessageError(`place ${from} sends a value that nobody wants`);
    if (!(state >= State.DONE && state <= State.CANCELLED))
      throw new MessageError(`place ${from} sends a value in state ${state}`);
    this.#colours.received(colour);
    standIn.id = id;
    const inTurn = (happens: () => void): void => inOrder("a future is settled", `${standIn.home} ${id}`, happens);
    this.#payloads.take(
      from,
      body,
      (payload) => inTurn(() => this.#settle(block, standIn, outcomeFromAway(this.#station, state, payload))),
      (error) => inTurn(() => this.#settle(block, standIn, this.#failure(State.FAILED, error))),
    );
  }

  #settle(block: number, standIn: StandIn, outcome: number): void {
    closeWith(this.#station, block, outcome);
    this.#release(standIn);
    this.#station.objects.drop(block);
  }

  // ---- losses --------------------------------------------------------------------------------------------------------

  /** What came from a place that is lost fails, and what it held is given back. */
  lose(place: number, error: PlaceLostError): void {
    for (const [block, times] of [...this.#held[place]!]) this.#takeBack(place, block, times);
    for (const [block, standIn] of [...this.#standIns]) {
      if (standIn.from !== place || standIn.released) continue;
      if (!standIn.asked) retain(this.#station.mem.i32, block); // `#fail` gives it back
      this.#fail(block, standIn, error);
    }
  }

  #fail(block: number, standIn: StandIn, error: PlaceLostError): void {
    this.#settle(block, standIn, this.#failure(State.FAILED, error));
  }

  #reportLatePut(from: number): void {
    const { mem, heap, values } = this.#station;
    const error = new PromiseError(
      `A promise of place ${from} was put from this place after it was settled; a future is settled once.`,
    );
    const node = heap.alloc(16);
    mem.i32[(node >>> 2) + Message.KIND] = MessageKind.UNHANDLED;
    mem.i32[(node >>> 2) + 2] = values.writeBlock(this.#station.encodeErrors([error]));
    this.#station.sendTo(CLIENT, node);
    add(mem.i32, Control.UNHANDLED, 1);
    notify(mem.i32, Control.UNHANDLED, 1);
  }
}
