import { type HeddleError, MessageError, OutOfMemoryError, UsageError } from "../errors.ts";
import type { SharedMemory } from "../shared/memory.ts";
import type { Blocks } from "./outbox.ts";
import { NetRecord, PACKET_HEADER, RECORD_HEADER, roundUp, VERSION } from "./packet.ts";
import type { MemoryRange, Receiver, Transport } from "./transport.ts";
import { Reader } from "./wire.ts";

/** How long a large record may wait for room in the heap, in milliseconds; then it is received outside. */
const PATIENCE = 10_000;

const ANNOUNCEMENT_BYTES = 16;

/** `body` is valid only during the call. A MessageError that it throws refuses the record. */
export type RecordHandler = (from: number, body: Reader) => void;

export interface RecordLength {
  readonly exactly?: number;
  readonly atLeast?: number;
}

export interface InboxEvents {
  /** Something that came was not understood and is dropped; what comes after it is not affected. */
  refused(from: number, error: HeddleError): void;
  lost(place: number, error: Error): void;
}

interface Kind {
  readonly least: number;
  readonly most: number;
  readonly handle: RecordHandler;
}

/** A large record that has been announced. */
interface Coming {
  readonly from: number;
  readonly tag: number;
  readonly type: number;
  readonly head: Uint8Array;
  readonly bytes: number;
  /** Until when it waits for room in the heap. */
  readonly until: number;
}

/** Records on their way in: takes packets apart, fetches large records, and calls the handler of each record's type. */
export class Inbox implements Receiver {
  readonly #transport: Transport;
  readonly #memory: SharedMemory;
  readonly #blocks: Blocks;
  readonly #events: InboxEvents;
  readonly #patience: number;
  readonly #kinds = new Map<number, Kind>();
  readonly #packet = new Reader();
  readonly #body = new Reader();
  readonly #large: Reader;
  #coming: Coming[] = [];
  /** The block of the large record that is being handled. */
  #block: MemoryRange | undefined;

  constructor(transport: Transport, memory: SharedMemory, blocks: Blocks, events: InboxEvents, patience: number = PATIENCE) {
    this.#patience = patience;
    this.#transport = transport;
    this.#memory = memory;
    this.#blocks = blocks;
    this.#events = events;
    this.#large = new Reader().open(memory.u8);
    this.on(NetRecord.LARGE, { atLeast: ANNOUNCEMENT_BYTES }, (from, body) => this.#announced(from, body));
  }

  /** Says who handles the records of a type, and how long they are. */
  on(type: number, length: RecordLength, handle: RecordHandler): void {
    if (this.#kinds.has(type)) throw new UsageError(`records of type ${type} have a handler already`);
    const { exactly, atLeast = 0 } = length;
    this.#kinds.set(type, { least: exactly ?? atLeast, most: exactly ?? Number.MAX_SAFE_INTEGER, handle });
  }

  /** Something large waits for room in the heap, of which nobody tells. */
  get waitsForRoom(): boolean {
    return this.#coming.length > 0;
  }

  /** Lets the transport make progress. True when anything has happened. */
  poll(): boolean {
    const before = this.#coming.length;
    if (before > 0) this.#fetch();
    return this.#transport.poll(this) || this.#coming.length < before;
  }

  /**
   * In a handler of a large record: the heap block in which its body lies, now the handler's to free. Undefined for a record that came inside a
   * packet, or for which the heap had no room: it must be copied to be kept.
   */
  keep(): MemoryRange | undefined {
    const block = this.#block;
    this.#block = undefined;
    return block;
  }

  packet(from: number, bytes: Uint8Array): void {
    try {
      this.#takeApart(from, bytes);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#events.refused(from, error);
    }
  }

  lost(place: number, error: Error): void {
    this.#coming = this.#coming.filter(({ from }) => from !== place);
    this.#events.lost(place, error);
  }

  #takeApart(from: number, bytes: Uint8Array): void {
    const packet = this.#packet.open(bytes);
    const version = packet.u8();
    if (version !== VERSION)
      throw new MessageError(`a packet of place ${from} has version ${version}; this place knows ${VERSION}`);
    packet.u8();
    const records = packet.u16();
    const length = packet.u32();
    if (length !== bytes.length) throw new MessageError(`a packet of place ${from} has ${bytes.length} bytes; it says ${length}`);
    let at = PACKET_HEADER;
    for (let i = 0; i < records; i++) {
      packet.narrow(at, length);
      const type = packet.u32();
      const size = packet.u32();
      const start = at + RECORD_HEADER;
      if (size > length - start) throw new MessageError(`record ${i} of a packet of place ${from} is cut short`);
      at = start + roundUp(size);
      if (i === 0) this.#body.open(bytes);
      this.#handle(from, type, this.#body.narrow(start, start + size));
    }
    if (at !== length) throw new MessageError(`a packet of place ${from} has ${length - at} bytes behind its last record`);
  }

  #handle(from: number, type: number, body: Reader): void {
    try {
      const kind = this.#kinds.get(type);
      if (kind === undefined)
        throw new MessageError(`place ${from} sends a record of type ${type}, which this place does not know`);
      const length = body.left;
      if (length < kind.least || length > kind.most) {
        throw new MessageError(`place ${from} sends a record of type ${type} with ${length} bytes; ${kind.least} were expected`);
      }
      kind.handle(from, body);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#events.refused(from, error);
    }
  }

  #announced(from: number, body: Reader): void {
    const tag = body.u32();
    const type = body.u32();
    const bytes = body.f64();
    const head = body.rest().slice();
    if (!this.#kinds.has(type) || type === NetRecord.LARGE) {
      throw new MessageError(`place ${from} announces a record of type ${type}, which this place does not know`);
    }
    if (!(Number.isInteger(bytes) && bytes > 0 && head.length + bytes <= this.#memory.u8.length)) {
      throw new MessageError(`place ${from} announces a record of ${bytes} bytes`);
    }
    this.#coming.push({ from, tag, type, head, bytes, until: performance.now() + this.#patience });
    this.#fetch();
  }

  /** Asks for what has been announced, as far as the heap has room. */
  #fetch(): void {
    const coming = this.#coming;
    this.#coming = [];
    for (const it of coming) {
      try {
        this.#receive(it, this.#blocks.alloc(it.head.length + it.bytes));
      } catch (error) {
        if (!(error instanceof OutOfMemoryError)) throw error;
        if (performance.now() < it.until) this.#coming.push(it);
        else this.#receiveOutside(it);
      }
    }
  }

  /** The heap is full. What the record is about is in its head: its handler gets it all the same, and decides who is told. */
  #receiveOutside({ from, tag, type, head, bytes }: Coming): void {
    const whole = new Uint8Array(head.length + bytes);
    whole.set(head);
    this.#transport.receiveRange(from, tag, whole.subarray(head.length), (error) => {
      if (error === undefined) this.#handle(from, type, new Reader().open(whole));
    });
  }

  #receive({ from, tag, type, head, bytes }: Coming, address: number): void {
    const length = head.length + bytes;
    this.#memory.u8.set(head, address);
    this.#transport.receiveRange(from, tag, { address: address + head.length, bytes }, (error) => {
      this.#block = { address, bytes: length };
      try {
        if (error === undefined) this.#handle(from, type, this.#large.narrow(address, address + length));
      } finally {
        if (this.#block !== undefined) this.#blocks.free(address);
        this.#block = undefined;
      }
    });
  }
}
