import { UsageError } from "../errors.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { MAX_RECORDS, NetRecord, PACKET_HEADER, RECORD_HEADER, roundUp, VERSION } from "./packet.ts";
import type { Done, MemoryRange, Transport } from "./transport.ts";
import { Writer } from "./wire.ts";

/** Where large records lie while they are under way: the heap of the place. */
export interface Blocks {
  /** Throws OutOfMemoryError. */
  alloc(bytes: number): number;
  free(address: number): void;
}

/** Tags from here on are free for those who agree on them in records of their own, see `Transport.sendRange`. */
export const FREE_TAGS = 1 << 21;

/** Copying a few bytes in a loop is faster than making a view of them. */
const LOOP_BYTES = 64;

const nothing = (): void => {};

/** What waits for one place: the packet that is being filled, and those that the transport has not taken. */
interface Lane {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where the next record goes; PACKET_HEADER when there is none. */
  at: number;
  records: number;
  readonly waiting: Uint8Array[];
  waitingBytes: number;
  dirty: boolean;
  lost: boolean;
}

/**
 * Records on their way out. Small ones for the same place travel in one packet: it goes when it is full, or at the next `flush`.
 * Records between two places arrive in order, except that large ones may be overtaken. Never blocks: what the transport does not
 * take waits here. One for each communication thread.
 */
export class Outbox {
  readonly #transport: Transport;
  readonly #memory: SharedMemory;
  readonly #blocks: Blocks;
  readonly #lanes: (Lane | undefined)[];
  readonly #dirty: Lane[] = [];
  readonly #places: number[] = [];
  readonly #announcement = new Writer();
  #tag = 0;

  constructor(transport: Transport, memory: SharedMemory, blocks: Blocks) {
    this.#transport = transport;
    this.#memory = memory;
    this.#blocks = blocks;
    this.#lanes = new Array<Lane | undefined>(transport.places).fill(undefined);
  }

  /** The longest body that travels inside a packet. */
  get longest(): number {
    return this.#transport.packetBytes - PACKET_HEADER - RECORD_HEADER;
  }

  /** How many bytes the transport has not taken yet: whoever makes more should wait while this is large. */
  backlog(to: number): number {
    const lane = this.#lanes[to];
    return lane === undefined ? 0 : lane.waitingBytes + lane.at - PACKET_HEADER;
  }

  /**
   * Sends a record; the first `length` of `bytes` are its body, and may be changed afterwards. One that is longer than `longest` takes a block of
   * the heap for as long as it is under way. Throws OutOfMemoryError where there is none.
   */
  send(to: number, type: number, bytes: Uint8Array, length: number = bytes.length): void {
    const lane = this.#laneTo(to);
    if (lane.lost) return;
    if (length > this.longest) {
      const address = this.#blocks.alloc(length);
      this.#memory.u8.set(bytes.length === length ? bytes : bytes.subarray(0, length), address);
      this.#announce(to, type, new Uint8Array(0), { address, bytes: length }, () => this.#blocks.free(address));
      return;
    }
    const at = this.#room(lane, to, type, length);
    if (length <= LOOP_BYTES) for (let i = 0; i < length; i++) lane.bytes[at + i] = bytes[i]!;
    else lane.bytes.set(bytes.length === length ? bytes : bytes.subarray(0, length), at);
  }

  /** As `send`, of a body that begins with `head`; `bytes` may lie anywhere, and are copied once. */
  sendBehind(to: number, type: number, head: Uint8Array, bytes: Uint8Array): void {
    const lane = this.#laneTo(to);
    if (lane.lost) return;
    const length = head.length + bytes.length;
    if (length > this.longest) {
      const address = this.#blocks.alloc(bytes.length);
      this.#memory.u8.set(bytes, address);
      this.sendRange(to, type, head, { address, bytes: bytes.length }, () => this.#blocks.free(address));
      return;
    }
    const at = this.#room(lane, to, type, length);
    lane.bytes.set(head, at);
    lane.bytes.set(bytes, at + head.length);
  }

  /**
   * Sends a record whose body is `head` and then a piece of the place's memory, without a copy where it is large. Nobody may write to the piece
   * until `done`, which is called at once if the record fits into a packet.
   */
  sendRange(to: number, type: number, head: Uint8Array, range: MemoryRange, done: Done = nothing): void {
    const lane = this.#laneTo(to);
    const { address, bytes } = range;
    if (lane.lost) return done();
    if (head.length > this.longest - 32)
      throw new UsageError(`the head of a record has ${head.length} bytes; it must fit into a packet`);
    const length = head.length + bytes;
    if (length > this.longest) return this.#announce(to, type, head, range, done);
    const at = this.#room(lane, to, type, length);
    lane.bytes.set(head, at);
    lane.bytes.set(this.#memory.u8.subarray(address, address + bytes), at + head.length);
    done();
  }

  /** Hands over to the transport what it takes. True if that was anything. Call it once in each turn of the communication thread's loop. */
  flush(): boolean {
    let progress = false;
    let kept = 0;
    for (let i = 0; i < this.#dirty.length; i++) {
      const lane = this.#dirty[i]!;
      const to = this.#places[i]!;
      if (this.#push(lane, to)) progress = true;
      if (lane.waiting.length > 0) {
        this.#dirty[kept] = lane;
        this.#places[kept++] = to;
      } else lane.dirty = false;
    }
    this.#dirty.length = this.#places.length = kept;
    return progress;
  }

  /** Forgets what waits for a place that is lost, and what will be sent to it. */
  forget(place: number): void {
    const lane = this.#laneTo(place);
    lane.lost = true;
    lane.waiting.length = lane.waitingBytes = lane.records = 0;
    lane.at = PACKET_HEADER;
  }

  #laneTo(to: number): Lane {
    const known = this.#lanes[to];
    if (known !== undefined) return known;
    if (!(Number.isInteger(to) && to >= 0 && to < this.#lanes.length)) {
      throw new UsageError(`There is no place ${to}: places are numbered from 0 to ${this.#lanes.length - 1}`);
    }
    const bytes = new Uint8Array(this.#transport.packetBytes);
    const lane: Lane = {
      bytes,
      view: new DataView(bytes.buffer),
      at: PACKET_HEADER,
      records: 0,
      waiting: [],
      waitingBytes: 0,
      dirty: false,
      lost: false,
    };
    this.#lanes[to] = lane;
    return lane;
  }

  /** Writes the record's header; where its body goes. */
  #room(lane: Lane, to: number, type: number, length: number): number {
    const size = RECORD_HEADER + roundUp(length);
    if (lane.at + size > lane.bytes.length || lane.records === MAX_RECORDS) this.#close(lane, to);
    if (!lane.dirty) {
      lane.dirty = true;
      this.#dirty.push(lane);
      this.#places.push(to);
    }
    const { at, view } = lane;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, length, true);
    const end = at + size;
    if ((length & 7) !== 0) lane.bytes.fill(0, at + RECORD_HEADER + length, end);
    lane.at = end;
    lane.records++;
    return at + RECORD_HEADER;
  }

  #announce(to: number, type: number, head: Uint8Array, range: MemoryRange, done: Done): void {
    const tag = (this.#tag = (this.#tag + 1) % FREE_TAGS);
    const body = this.#announcement.clear().u32(tag).u32(type).f64(range.bytes).raw(head);
    const lane = this.#lanes[to]!;
    const at = this.#room(lane, to, NetRecord.LARGE, body.length);
    lane.bytes.set(body.bytes(), at);
    this.#transport.sendRange(to, tag, range, done);
  }

  /** Ends the packet that is being filled. */
  #close(lane: Lane, to: number): boolean {
    if (lane.records === 0) return false;
    const { view, at } = lane;
    view.setUint32(0, VERSION | (lane.records << 16), true);
    view.setUint32(4, at, true);
    lane.at = PACKET_HEADER;
    lane.records = 0;
    const packet = lane.bytes.subarray(0, at);
    if (lane.waiting.length === 0 && this.#transport.send(to, packet)) return true;
    lane.waiting.push(packet.slice());
    lane.waitingBytes += at;
    return false;
  }

  #push(lane: Lane, to: number): boolean {
    let sent = 0;
    while (sent < lane.waiting.length && this.#transport.send(to, lane.waiting[sent]!))
      lane.waitingBytes -= lane.waiting[sent++]!.length;
    lane.waiting.splice(0, sent);
    // A packet that is not full goes only when nothing waits before it: until then it may still grow.
    return lane.waiting.length === 0 ? this.#close(lane, to) || sent > 0 : sent > 0;
  }
}
