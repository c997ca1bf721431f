import { PlaceLostError, TransportError } from "../../errors.ts";
import { compareExchange, load } from "../../shared/atomics.ts";
import { attachMemory, type SharedMemory } from "../../shared/memory.ts";
import { type Done, type MemoryRange, type Receiver, type Transport, tooLong } from "../transport.ts";
import { RingReader, RingWriter } from "./ring.ts";
import {
  frozenWord,
  LoopbackControl,
  type LoopbackWorld,
  PlaceState,
  packetBytesOf,
  ringWordOf,
  stateWord,
  World,
} from "./world.ts";

/** What a frame is. */
const Kind = {
  PACKET: 1,
  /** "You may copy this range": tag, address, bytes, each u32. */
  OFFER: 2,
  /** "I have copied it": tag, 0 or 1 for a length that did not fit, 0. */
  TAKEN: 3,
} as const;

/** How many frames of one place are handled before it is the next one's turn. */
const TURN = 64;
/** How many bytes are copied in one poll. */
const PIECE = 1 << 20;
const TAGS = 1 << 22;

interface Transfer {
  readonly peer: number;
  readonly done: Done;
}

interface Wanted extends Transfer {
  readonly into: Uint8Array;
}

interface Offer {
  readonly from: number;
  readonly tag: number;
  readonly address: number;
  readonly bytes: number;
}

interface Copy {
  readonly offer: Offer;
  readonly wanted: Wanted;
  copied: number;
}

/** Where what is dropped goes: nothing is copied. */
const NOWHERE = new Uint8Array(0);
const NOBODY: Receiver = { packet() {}, lost() {} };

/** Takes the oldest entry of a list in a map of lists. */
function shift<T>(lists: Map<number, T[]>, key: number): T | undefined {
  const list = lists.get(key);
  const first = list?.shift();
  if (list?.length === 0) lists.delete(key);
  return first;
}

function append<T>(lists: Map<number, T[]>, key: number, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Joins the communication thread of one place to the other places of the process. See ../README.md. */
export class LoopbackTransport implements Transport {
  readonly name = "loopback";
  readonly place: number;
  readonly places: number;
  readonly hosts: readonly number[];
  readonly packetBytes: number;
  readonly wakes = true;
  readonly #world: LoopbackWorld;
  readonly #i32: Int32Array;
  readonly #memories: SharedMemory[];
  readonly #control: LoopbackControl;
  readonly #writers: RingWriter[] = [];
  readonly #readers: RingReader[] = [];
  readonly #words = new Uint32Array(3);
  readonly #message = new Uint8Array(this.#words.buffer);
  /** Frames that found no room, for each place. */
  readonly #unsent: { kind: number; words: [number, number, number] }[][] = [];
  /** By place and tag, in order: sent and not taken; wanted and not offered; offered and not wanted. */
  readonly #sending = new Map<number, Transfer[]>();
  readonly #wanted = new Map<number, Wanted[]>();
  readonly #offers = new Map<number, Offer[]>();
  #copies: Copy[] = [];
  #failed: { done: Done; error: Error }[] = [];
  readonly #isLost: boolean[] = [];
  #lost: number[] = [];
  #epoch = 0;
  /** With a delay: until when the way to each place is taken; when the next frame may be seen. */
  readonly #busy: number[] = [];
  readonly #timed: boolean;
  #nextDue = Number.POSITIVE_INFINITY;

  constructor(world: LoopbackWorld, place: number) {
    const memory = { i32: new Int32Array(world.buffer), u8: new Uint8Array(world.buffer), f64: new Float64Array(world.buffer) };
    this.place = place;
    this.places = world.memories.length;
    this.hosts = world.memories.map(() => 0);
    this.packetBytes = packetBytesOf(world);
    this.#world = world;
    this.#i32 = memory.i32;
    this.#memories = world.memories.map(attachMemory);
    this.#control = new LoopbackControl(world);
    this.#timed = world.delay > 0 || world.byteTime > 0;
    for (let other = 0; other < this.places; other++) {
      this.#writers.push(new RingWriter(memory, ringWordOf(world, place, other), world.capacity));
      this.#readers.push(new RingReader(memory, ringWordOf(world, other, place), world.capacity));
      this.#unsent.push([]);
      this.#busy.push(0);
      this.#isLost.push(false);
    }
  }

  send(to: number, packet: Uint8Array): boolean {
    if (packet.length > this.packetBytes) throw tooLong(packet.length, this.packetBytes);
    if (this.#isLost[to] || this.#isLost[this.place]) return true;
    if (this.#unsent[to]!.length > 0 && !this.#resend(to)) return false;
    return this.#push(to, Kind.PACKET, packet);
  }

  sendRange(to: number, tag: number, range: MemoryRange, done: Done): void {
    if (this.#isLost[to]) return this.#fail(done, to);
    append(this.#sending, to * TAGS + tag, { peer: to, done });
    this.#say(to, Kind.OFFER, [tag, range.address, range.bytes]);
  }

  receiveRange(from: number, tag: number, target: MemoryRange | Uint8Array, done: Done): void {
    const into =
      target instanceof Uint8Array
        ? target
        : this.#memories[this.place]!.u8.subarray(target.address, target.address + target.bytes);
    const wanted = { peer: from, into, done };
    const key = from * TAGS + tag;
    const offer = shift(this.#offers, key);
    if (offer !== undefined) this.#copies.push({ offer, wanted, copied: 0 });
    else if (this.#isLost[from]) this.#fail(done, from);
    else append(this.#wanted, key, wanted);
  }

  dropRange(from: number, tag: number, _bytes: number): void {
    this.receiveRange(from, tag, NOWHERE, () => {});
  }

  poll(receiver: Receiver): boolean {
    this.#nextDue = Number.POSITIVE_INFINITY;
    if (load(this.#i32, frozenWord(this.place)) !== 0) return false;
    let progress = load(this.#i32, World.EPOCH) !== this.#epoch && this.#look();
    if (this.#isLost[this.place]) return false;
    for (let other = 0; other < this.places; other++) {
      if (this.#unsent[other]!.length > 0 && this.#resend(other)) progress = true;
      if (this.#receive(other, receiver)) progress = true;
    }
    if (this.#copies.length > 0) {
      this.#copy();
      progress = true;
    }
    for (const { done, error } of this.#failed.splice(0)) {
      done(error);
      progress = true;
    }
    if (this.#lost.length > 0 && this.#bury(receiver)) progress = true;
    return progress;
  }

  rest(): number {
    if (!this.#timed || this.#nextDue === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#nextDue - now());
  }

  async close(): Promise<void> {
    if (compareExchange(this.#i32, stateWord(this.place), PlaceState.UP, PlaceState.CLOSED) === PlaceState.UP)
      this.#control.changed();
    while (this.#someAreUp()) {
      if (!this.poll(NOBODY)) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  abort(exitCode: number): void {
    this.#control.abort(exitCode);
  }

  #someAreUp(): boolean {
    for (let other = 0; other < this.places; other++) if (load(this.#i32, stateWord(other)) === PlaceState.UP) return true;
    return false;
  }

  /** `bytes`: what the way is taken for, with a delay. */
  #push(to: number, kind: number, payload: Uint8Array, bytes: number = payload.length): boolean {
    let due = 0;
    if (this.#timed) {
      const busy = Math.max(now(), this.#busy[to]!) + bytes * this.#world.byteTime;
      due = busy + this.#world.delay;
      if (!this.#writers[to]!.push(kind, due, payload)) return false;
      this.#busy[to] = busy;
    } else if (!this.#writers[to]!.push(kind, due, payload)) return false;
    if (to !== this.place) this.#control.wake(to);
    return true;
  }

  #say(to: number, kind: number, words: [number, number, number]): void {
    const unsent = this.#unsent[to]!;
    unsent.push({ kind, words });
    if (unsent.length === 1) this.#resend(to);
  }

  /** True when nothing waits any more. */
  #resend(to: number): boolean {
    const unsent = this.#unsent[to]!;
    let sent = 0;
    for (const { kind, words } of unsent) {
      this.#words.set(words);
      // A range takes the time of its bytes on the way, and what follows it waits as long.
      if (!this.#push(to, kind, this.#message, kind === Kind.OFFER ? words[2] : 0)) break;
      sent++;
    }
    unsent.splice(0, sent);
    return unsent.length === 0;
  }

  #receive(from: number, receiver: Receiver): boolean {
    const ring = this.#readers[from]!;
    let wake = false;
    let frames = 0;
    for (; frames < TURN && ring.next(); frames++) {
      if (this.#timed && ring.due > now()) {
        this.#nextDue = Math.min(this.#nextDue, ring.due);
        break;
      }
      const payload = ring.payload();
      try {
        if (ring.kind === Kind.PACKET) receiver.packet(from, payload);
        else this.#hear(from, ring.kind, payload);
      } finally {
        if (ring.pop()) wake = true;
      }
    }
    if (wake && from !== this.place) this.#control.wake(from);
    return frames > 0;
  }

  #hear(from: number, kind: number, payload: Uint8Array): void {
    this.#message.set(payload);
    const [tag, second, bytes] = this.#words as unknown as [number, number, number];
    const key = from * TAGS + tag;
    if (kind === Kind.TAKEN) {
      const transfer = shift(this.#sending, key);
      transfer?.done(second === 0 ? undefined : misfit(from, tag));
      return;
    }
    const offer = { from, tag, address: second, bytes };
    const wanted = shift(this.#wanted, key);
    if (wanted === undefined) append(this.#offers, key, offer);
    else this.#copies.push({ offer, wanted, copied: 0 });
  }

  /** Goes on with the copies in turn, so that a long one holds up neither the others nor the packets. */
  #copy(): void {
    for (let left = PIECE; left > 0 && this.#copies.length > 0; ) {
      const copy = this.#copies.shift()!;
      const { offer, wanted } = copy;
      const { from, tag, address, bytes } = offer;
      const fits = wanted.into.length === bytes;
      const piece = fits ? Math.min(left, bytes - copy.copied) : 0;
      const start = address + copy.copied;
      wanted.into.set(this.#memories[from]!.u8.subarray(start, start + piece), copy.copied);
      copy.copied += piece;
      left -= piece;
      if (fits && copy.copied < bytes) this.#copies.push(copy);
      else {
        this.#say(from, Kind.TAKEN, [tag, fits || wanted.into === NOWHERE ? 0 : 1, 0]);
        wanted.done(fits ? undefined : misfit(from, tag));
      }
    }
  }

  /** Looks at the state of every place. */
  #look(): boolean {
    this.#epoch = load(this.#i32, World.EPOCH);
    for (let other = 0; other < this.places; other++) {
      if (this.#isLost[other] || load(this.#i32, stateWord(other)) !== PlaceState.LOST) continue;
      this.#isLost[other] = true;
      this.#lost.push(other);
    }
    return this.#lost.length > 0;
  }

  /** What a lost place sent comes first; then everything that waits for it fails. */
  #bury(receiver: Receiver): boolean {
    const empty = this.#lost.filter((place) => !this.#readers[place]!.next());
    this.#lost = this.#lost.filter((place) => !empty.includes(place));
    for (const place of empty) {
      const error = lostError(place);
      const isTheirs = ({ peer }: Transfer) => peer === place;
      const waiting = [...this.#sending.values(), ...this.#wanted.values()].flat().filter(isTheirs);
      waiting.push(...this.#copies.map(({ wanted }) => wanted).filter(isTheirs));
      this.#copies = this.#copies.filter(({ wanted }) => !isTheirs(wanted));
      for (const lists of [this.#sending, this.#wanted, this.#offers]) {
        for (const key of lists.keys()) if (Math.floor(key / TAGS) === place) lists.delete(key);
      }
      this.#unsent[place]!.length = 0;
      for (const { done } of waiting) done(error);
      receiver.lost(place, error);
    }
    return empty.length > 0;
  }

  #fail(done: Done, place: number): void {
    this.#failed.push({ done, error: lostError(place) });
  }
}

const lostError = (place: number): PlaceLostError => new PlaceLostError(`Place ${place} was lost`, place);

const misfit = (peer: number, tag: number): TransportError =>
  new TransportError(`Place ${peer} and this one gave different lengths for the transfer with tag ${tag}`);

/** Milliseconds on a clock that all threads of the process share. */
function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** In the communication thread of a place. */
export const connectLoopback = (world: LoopbackWorld, place: number): Transport => new LoopbackTransport(world, place);
