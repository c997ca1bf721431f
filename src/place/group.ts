/** The places of a job, as one of them sees them: everything that is said to another place goes through this object. */
import { type HeddleError, PlaceLostError } from "../errors.ts";
import { type Facts, Hello } from "../net/hello.ts";
import { Inbox, type RecordHandler, type RecordLength } from "../net/inbox.ts";
import type { Link, Protocol } from "../net/link.ts";
import { type Blocks, Outbox } from "../net/outbox.ts";
import type { Done, MemoryRange, Transport, TransportCollectives } from "../net/transport.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { Record } from "./records.ts";

export interface GroupEvents {
  /** Something came that was not understood; it is dropped. */
  refused(from: number, error: HeddleError): void;
}

export class Group {
  readonly place: number;
  readonly places: number;
  readonly transport: Transport;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #lost = new Map<number, PlaceLostError>();
  readonly #onLost: ((place: number, error: PlaceLostError) => void)[] = [];

  constructor(transport: Transport, memory: SharedMemory, blocks: Blocks, events: GroupEvents) {
    this.transport = transport;
    this.place = transport.place;
    this.places = transport.places;
    this.#outbox = new Outbox(transport, memory, blocks);
    this.#inbox = new Inbox(transport, memory, blocks, {
      refused: (from, error) => events.refused(from, error),
      lost: (place, error) => this.#lose(place, error),
    });
  }

  /** Compares with all other places what they must have in common: before anything else is sent. */
  greet(facts: Facts): Hello {
    return new Hello(this.transport, this.#outbox, this.#inbox, facts);
  }

  /** Sends a record; the first `length` of `bytes` are its body. To a lost place: nothing happens. Never blocks. */
  send(to: number, type: number, bytes: Uint8Array, length: number = bytes.length): void {
    this.#outbox.send(to, type, bytes, length);
  }

  /** Sends a record whose body is `head` and then a piece of memory, to which nobody may write until `done`. */
  sendRange(to: number, type: number, head: Uint8Array, range: MemoryRange, done: Done): void {
    this.#outbox.sendRange(to, type, head, range, done);
  }

  on(type: number, length: RecordLength, handle: RecordHandler): void {
    this.#inbox.on(type, length, handle);
  }

  /** In a handler: the heap block in which the record lies, which is the handler's from now on; else undefined. */
  keep(): MemoryRange | undefined {
    return this.#inbox.keep();
  }

  /** Lets a protocol take part: the same number at every place. What it sends comes to the same protocol elsewhere. */
  mount<P extends Protocol>(number: number, make: (link: Link) => P): P {
    const type = Record.PROTOCOL + number;
    const protocol = make({
      place: this.place,
      places: this.places,
      send: (to, message, behind) =>
        behind === undefined ? this.send(to, type, message) : this.#outbox.sendBehind(to, type, message, behind),
    });
    this.on(type, {}, (from, body) => protocol.receive(from, body.rest()));
    return protocol;
  }

  /** What the transport can do for all places at once. */
  get collectives(): TransportCollectives | undefined {
    return this.transport.collectives;
  }

  /** Called once for each place that is lost. */
  onLost(listener: (place: number, error: PlaceLostError) => void): void {
    this.#onLost.push(listener);
  }

  /** Why a place is lost; undefined while it is not. */
  lossOf(place: number): PlaceLostError | undefined {
    return this.#lost.get(place);
  }

  get lostPlaces(): readonly number[] {
    return [...this.#lost.keys()];
  }

  /** Something large waits for room in the heap, of which nobody tells. */
  get waitsForRoom(): boolean {
    return this.#inbox.waitsForRoom;
  }

  /** Takes in what has come. True when anything has happened. */
  poll(): boolean {
    return this.#inbox.poll();
  }

  /** Hands over to the transport what it takes. True if that was anything. */
  flush(): boolean {
    return this.#outbox.flush();
  }

  /** Whether the transport has taken everything. */
  get drained(): boolean {
    for (let place = 0; place < this.places; place++) if (this.#outbox.backlog(place) > 0) return false;
    return true;
  }

  #lose(place: number, cause: Error): void {
    if (this.#lost.has(place)) return;
    const error =
      cause instanceof PlaceLostError ? cause : new PlaceLostError(`Place ${place} was lost: ${cause.message}`, place, { cause });
    this.#lost.set(place, error);
    this.#outbox.forget(place);
    for (const listener of this.#onLost) listener(place, error);
  }
}
