/**
 * One-sided access to the memory of all places, in the communication thread: nobody's code runs at the place whose memory is read or
 * written. See README.md.
 */
import { GlobalMemoryError, MessageError, OutOfMemoryError } from "../../errors.ts";
import { FREE_TAGS } from "../../net/outbox.ts";
import { Reader, Writer } from "../../net/wire.ts";
import type { Heap } from "../../shared/heap/heap.ts";
import type { SharedMemory } from "../../shared/memory.ts";
import { arrivals, inOrder } from "../in-order.ts";
import { type Area, addressOf, OWN_ARRAY, ownAddressOf, readArea, writeArea } from "./area.ts";
import { ATOMIC_OPERATIONS, type AtomicOperation, apply, elementAddress, operationOf, updateElements } from "./atomic.ts";
import { ENTRY_BYTES, Entry, OPERATION_SHIFT } from "./batch.ts";
import type { Channel } from "./channel.ts";
import { type End, isBig, readValue, SMALL_BYTES, writeValue } from "./ends.ts";
import { fits, type Layout, pack, readLayout, spanOf, unpack, writeLayout } from "./pieces.ts";

/** Types of records, from `first` on. */
const Kind = { PUT: 0, PUT_LARGE: 1, GET: 2, DATA: 3, DATA_LARGE: 4, COPY: 5, ATOMIC: 6, ALLOCATE: 7, FREE: 8, DONE: 9, VALUE: 10, REFUSED: 11, UPDATE: 13, MANY: 14, MANY_DONE: 15 } as const; // biome-ignore format: one line
export const MEMORY_KINDS = 16;
/** No place has more memory. */
const MOST_BYTES = 2 ** 32;

const TAGS = FREE_TAGS;

export type Ended = (error: Error | null) => void;
export type EndedWith<T> = (error: Error | null, value?: T) => void;

interface Pending {
  readonly place: number;
  readonly end: (error: Error | null, answer: Reader | null) => void;
}

const nothing = (): void => {};
const Why = { MEMORY: 0, ROOM: 1 } as const;

export class MemoryService {
  readonly #channel: Channel;
  readonly #mem: SharedMemory;
  readonly #heap: Heap;
  readonly #first: number;
  readonly #writer = new Writer();
  readonly #values = new Writer();
  readonly #pending = new Map<number, Pending>();
  #id = 0;
  #tag = 0;

  /** The types of records from `first` to `first + MEMORY_KINDS - 1` are its own. */
  constructor(channel: Channel, mem: SharedMemory, heap: Heap, first: number) {
    this.#channel = channel;
    this.#mem = mem;
    this.#heap = heap;
    this.#first = first;
    const on = (kind: number, handle: Handle): void =>
      channel.on(first + kind, { atLeast: 4 }, (from, body) => handle(from, body.u32(), body));
    const asked = (kind: number, handle: Handle): void => on(kind, inTurn(handle));
    asked(Kind.PUT, (from, id, body) => this.#onPut(from, id, body));
    asked(Kind.PUT_LARGE, (from, id, body) => this.#onPutLarge(from, id, body));
    asked(Kind.GET, (from, id, body) => this.#onGet(from, id, body));
    asked(Kind.COPY, (from, id, body) => this.#onCopy(from, id, body));
    asked(Kind.ATOMIC, (from, id, body) => this.#onAtomic(from, id, body));
    asked(Kind.UPDATE, (from, id, body) => this.#onUpdate(from, id, body));
    asked(Kind.MANY, (from, id, body) => this.#onMany(from, id, body));
    asked(Kind.ALLOCATE, (from, id, body) => this.#answer(from, id, () => this.#onAllocate(body)));
    asked(Kind.FREE, (from, id, body) => this.#answer(from, id, () => this.#onFree(body)));
    for (const kind of [Kind.DATA, Kind.DATA_LARGE, Kind.DONE, Kind.VALUE, Kind.MANY_DONE])
      on(kind, (_from, id, body) => this.#end(id, null, body));
    on(Kind.REFUSED, (_from, id, body) => this.#end(id, errorOf(body), null));
    channel.onLost((place, error) => {
      for (const [id, pending] of this.#pending) if (pending.place === place) this.#end(id, error, null);
    });
  }

  /** How many operations have been begun here and have not ended. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Copies between any two places. When it has ended, the bytes are there: whoever hears of it sees them. */
  copy(source: End, target: End, bytes: number, ended: Ended): void {
    const here = this.#channel.place;
    try {
      if (!fits(source.layout, bytes) || !fits(target.layout, bytes)) {
        throw new GlobalMemoryError(`A copy of ${bytes} bytes with a list of another number of elements.`);
      }
      if (source.place === here) this.#put(source, target, bytes, ended);
      else if (target.place === here) this.#get(source, target, bytes, ended);
      else this.#ask(source, target, bytes, ended);
    } catch (error) {
      ended(error as Error);
    }
  }

  /** An atomic operation on one element; `ended` gets what was there before, as 8 bytes in the element's own kind. */
  atomic(
    place: number,
    area: Area,
    kind: number,
    operation: AtomicOperation,
    operand: number | bigint,
    expected: number | bigint,
    ended: EndedWith<number | bigint>,
  ): void {
    const writer = this.#request(place, (error, answer) => ended(error, answer === null ? undefined : readValue(answer, kind)));
    writeArea(writer, area);
    writer.u32(kind).u32(ATOMIC_OPERATIONS.indexOf(operation));
    writeValue(writer, kind, operand);
    writeValue(writer, kind, expected);
    this.#send(place, Kind.ATOMIC);
  }

  /**
   * An atomic operation on each of many elements, counted from the area's beginning, in order: operands are the elements' bytes, one after the other. What
   * was there before is not told.
   */
  update(
    place: number,
    area: Area,
    kind: number,
    operation: AtomicOperation,
    indexes: Uint32Array,
    operands: Uint8Array,
    ended: Ended,
  ): void {
    const writer = this.#request(place, (error) => ended(error));
    writeArea(writer, area);
    writer.u32(kind).u32(ATOMIC_OPERATIONS.indexOf(operation));
    writer.blob(new Uint8Array(indexes.buffer, indexes.byteOffset, indexes.byteLength)).blob(operands);
    this.#send(place, Kind.UPDATE);
  }

  /**
   * An operation on each of the single elements that the entries from `address` of the own memory on name. What was there before is written to the entries;
   * `ended` is told which have failed, or why all have.
   */
  many(place: number, address: number, count: number, ended: (failed: ReadonlyMap<number, Error> | Error) => void): void {
    const writer = this.#request(place, (error, answer) =>
      ended(answer === null ? error! : this.#readMany(answer, address, count)),
    );
    writer.raw(this.#mem.u8.subarray(address, address + count * ENTRY_BYTES));
    this.#send(place, Kind.MANY);
  }

  /** Memory of zeros at a place: where it begins. */
  allocate(place: number, bytes: number, ended: EndedWith<Area>): void {
    const writer = this.#request(place, (error, answer) => ended(error, answer === null ? undefined : readArea(answer)));
    writer.f64(bytes);
    this.#send(place, Kind.ALLOCATE);
  }

  /** Gives back what `allocate` gave. Fails with GlobalMemoryError if that has been done before. */
  free(place: number, area: Area, ended: Ended): void {
    writeArea(
      this.#request(place, (error) => ended(error)),
      area,
    );
    this.#send(place, Kind.FREE);
  }

  // ---- asking ----------------------------------------------------------------------------------------------------------

  /** Begins a request: what follows its number is to be written to the returned writer, then sent. */
  #request(place: number, end: Pending["end"]): Writer {
    this.#id = (this.#id + 1) >>> 0;
    this.#pending.set(this.#id, { place, end });
    return this.#writer.clear().u32(this.#id);
  }

  #send(to: number, kind: number): void {
    const lost = this.#channel.lossOf(to);
    if (lost !== undefined) this.#end(this.#id, lost, null);
    else this.#channel.send(to, this.#first + kind, this.#writer.bytes());
  }

  #end(id: number, error: Error | null, answer: Reader | null): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return; // of an operation that was given up when a place was lost
    this.#pending.delete(id);
    try {
      pending.end(error, answer);
    } catch (refused) {
      if (!(refused instanceof MessageError)) throw refused;
      pending.end(refused, null);
    }
  }

  #put(source: End, target: End, bytes: number, ended: Ended): void {
    const start = ownAddressOf(this.#heap, source.area, spanOf(source.layout, bytes), source.place);
    const small = bytes <= SMALL_BYTES;
    if (small) {
      const writer = this.#request(target.place, (error) => ended(error));
      writeArea(writer, target.area);
      writer.f64(bytes);
      writeLayout(writer, target.layout);
      const data = new Uint8Array(bytes);
      pack(this.#mem.u8, start, source.layout, bytes, data, 0);
      writer.raw(data);
      this.#send(target.place, Kind.PUT);
      return;
    }
    const { address, release } = this.#packed(start, source.layout, bytes);
    const tag = this.#nextTag();
    const writer = this.#request(target.place, (error) => {
      release();
      ended(error);
    });
    writeArea(writer.u32(tag), target.area);
    writer.f64(bytes);
    writeLayout(writer, target.layout);
    const lost = this.#channel.lossOf(target.place) !== undefined;
    this.#send(target.place, Kind.PUT_LARGE);
    if (!lost) this.#channel.transport.sendRange(target.place, tag, { address, bytes }, nothing); // DONE or REFUSED comes after it, or the place is lost
  }

  #get(source: End, target: End, bytes: number, ended: Ended): void {
    const start = ownAddressOf(this.#heap, target.area, spanOf(target.layout, bytes), target.place);
    const writer = this.#request(source.place, (error, answer) => {
      if (answer === null) return ended(error);
      const tag = answer.u32();
      if (tag !== 0) return this.#receive(source.place, tag - 1, start, target.layout, bytes, ended);
      unpack(answer.raw(bytes), 0, this.#mem.u8, start, target.layout, bytes);
      ended(null);
    });
    writeArea(writer, source.area);
    writer.f64(bytes);
    writeLayout(writer, source.layout);
    this.#send(source.place, Kind.GET);
  }

  /** Neither end is here: the place where the data is does it. */
  #ask(source: End, target: End, bytes: number, ended: Ended): void {
    const writer = this.#request(source.place, (error) => ended(error));
    writeArea(writer, source.area);
    writer.f64(bytes).u32(target.place);
    writeArea(writer, target.area);
    writeLayout(writer, source.layout);
    writeLayout(writer, target.layout);
    this.#send(source.place, Kind.COPY);
  }

  // ---- being asked -----------------------------------------------------------------------------------------------------

  #onPut(from: number, id: number, body: Reader): void {
    this.#answer(from, id, () => {
      const { address, layout, bytes } = this.#target(body);
      const data = body.raw(bytes);
      unpack(data, 0, this.#mem.u8, address, layout, bytes);
      return Kind.DONE;
    });
  }

  /** Receives the data, which are on their way, where they belong, and says that they are there. */
  #onPutLarge(from: number, id: number, body: Reader): void {
    const tag = body.u32();
    let announced = -1;
    try {
      const area = readArea(body);
      const bytes = (announced = sizeOf(body));
      const { address: start, layout } = this.#targetIn(area, bytes, body);
      this.#receive(from, tag, start, layout, bytes, (error) => {
        if (error === null) this.#answer(from, id, () => Kind.DONE); // else the place is lost, and nobody waits
      });
    } catch (error) {
      if (announced >= 0) this.#channel.transport.dropRange(from, tag, Math.min(announced, MOST_BYTES));
      this.#answer(from, id, () => {
        throw error;
      });
    }
  }

  #onGet(from: number, id: number, body: Reader): void {
    this.#answer(from, id, (writer) => {
      const { address: start, layout, bytes } = this.#target(body);
      if (bytes <= SMALL_BYTES) {
        const data = new Uint8Array(bytes);
        pack(this.#mem.u8, start, layout, bytes, data, 0);
        writer.u32(0).raw(data);
        return Kind.DATA;
      }
      const { address, release } = this.#packed(start, layout, bytes);
      const tag = this.#nextTag();
      writer.u32(tag + 1);
      this.#channel.transport.sendRange(from, tag, { address, bytes }, () => release());
      return Kind.DATA_LARGE;
    });
  }

  #onCopy(from: number, id: number, body: Reader): void {
    const area = readArea(body);
    const bytes = sizeOf(body);
    const place = body.u32();
    const targetArea = readArea(body);
    const source: End = { place: this.#channel.place, area, layout: readLayout(body) };
    const target: End = { place, area: targetArea, layout: readLayout(body) };
    if (area.block === OWN_ARRAY) throw new MessageError("a copy from an array without a block");
    if (place >= this.#channel.places) throw new MessageError(`a copy to place ${place} of ${this.#channel.places}`);
    this.copy(source, target, bytes, (error) =>
      this.#answer(from, id, () => {
        if (error !== null) throw error;
        return Kind.DONE;
      }),
    );
  }

  #onAtomic(from: number, id: number, body: Reader): void {
    this.#answer(from, id, (writer) => {
      const area = readArea(body);
      const kind = body.u32();
      const operation = operationOf(body.u32(), kind);
      const operand = readValue(body, kind);
      const expected = readValue(body, kind);
      const address = elementAddress(this.#heap, area, kind, 1, this.#channel.place);
      writeValue(writer, kind, apply(this.#mem, kind, address, operation, operand, expected));
      return Kind.VALUE;
    });
  }

  #onMany(from: number, id: number, body: Reader): void {
    this.#answer(from, id, (writer) => {
      if (body.left % ENTRY_BYTES !== 0) throw new MessageError("a list of operations is cut short");
      const failed: [index: number, error: Error][] = [];
      const values = this.#values.clear();
      let tells = false;
      for (let index = 0; body.left > 0; index++) {
        const area = { block: body.u32(), stamp: body.i32(), offset: body.u32() };
        const code = body.u32();
        const kind = code & ((1 << OPERATION_SHIFT) - 1);
        const operand = readValue(body, isBig(kind) ? kind : 0);
        let before: number | bigint = isBig(kind) ? 0n : 0;
        try {
          const operation = operationOf(code >>> OPERATION_SHIFT, kind);
          const address = elementAddress(this.#heap, area, kind, 1, this.#channel.place);
          before = apply(this.#mem, kind, address, operation, operand, before);
          if (operation !== "store") tells = true;
        } catch (error) {
          failed.push([index, error as Error]);
        }
        writeValue(values, kind, before);
      }
      writer.u32(failed.length);
      for (const [index, error] of failed) writer.u32(index).text(error.message);
      if (tells) writer.raw(values.bytes());
      return Kind.MANY_DONE;
    });
  }

  #readMany(answer: Reader, address: number, count: number): ReadonlyMap<number, Error> {
    const failed = new Map<number, Error>();
    for (let left = answer.u32(); left > 0; left--) failed.set(answer.u32(), new GlobalMemoryError(answer.text()));
    if (answer.left === 0) return failed;
    if (answer.left !== 8 * count) throw new MessageError(`${answer.left} bytes of values for ${count} operations`);
    const { i32 } = this.#mem;
    for (let i = 0; i < count; i++) {
      const word = (address + i * ENTRY_BYTES) / 4 + Entry.OPERAND;
      i32[word] = answer.i32();
      i32[word + 1] = answer.i32();
    }
    return failed;
  }

  #onUpdate(from: number, id: number, body: Reader): void {
    this.#answer(from, id, () => {
      const area = readArea(body);
      const kind = body.u32();
      const operation = operationOf(body.u32(), kind);
      const indexBytes = body.blob();
      if (indexBytes.length % 4 !== 0) throw new MessageError("a list of indexes is cut short");
      const indexes = new Uint32Array(indexBytes.slice().buffer);
      updateElements(this.#mem, this.#heap, area, this.#channel.place, kind, operation, indexes, body.blob());
      return Kind.DONE;
    });
  }

  #onAllocate(body: Reader): number {
    const block = this.#heap.alloc(sizeOf(body), true);
    writeArea(this.#writer, { block, stamp: this.#heap.stampOf(block), offset: 0 });
    return Kind.VALUE;
  }

  #onFree(body: Reader): number {
    const area = readArea(body);
    if (area.offset !== 0 || !this.#heap.freeStamped(area.block, area.stamp)) {
      throw new GlobalMemoryError(
        `The memory at address ${area.block} of place ${this.#channel.place} cannot be freed: it was freed before, or the pointer is not the one that was allocated.`,
      );
    }
    return Kind.DONE;
  }

  #target(body: Reader): { address: number; layout: Layout; bytes: number } {
    return this.#targetIn(readArea(body), sizeOf(body), body);
  }

  #targetIn(area: Area, bytes: number, body: Reader): { address: number; layout: Layout; bytes: number } {
    const layout = readLayout(body);
    if (!fits(layout, bytes)) throw new MessageError(`a copy of ${bytes} bytes with a list of another number of elements`);
    return { address: addressOf(this.#heap, area, spanOf(layout, bytes), this.#channel.place), layout, bytes };
  }

  /** Answers with what `body` writes, under the kind that it returns; with a refusal if it throws. */
  #answer(to: number, id: number, body: (writer: Writer) => number): void {
    let kind: number;
    try {
      kind = body(this.#writer.clear().u32(id));
    } catch (error) {
      kind = Kind.REFUSED;
      const room = error instanceof OutOfMemoryError;
      this.#writer
        .clear()
        .u32(id)
        .u32(room ? Why.ROOM : Why.MEMORY);
      if (room) for (const figure of [error.requested, error.capacity, error.free, error.largest]) this.#writer.f64(figure);
      this.#writer.text(`${(error as Error).message}${room ? ` (at place ${this.#channel.place})` : ""}`);
    }
    this.#channel.send(to, this.#first + kind, this.#writer.bytes());
  }

  // ---- data ------------------------------------------------------------------------------------------------------------

  /** The bytes in one piece: where they lie if they are, else in a block of their own until `release`. */
  #packed(start: number, layout: Layout, bytes: number): { address: number; release: () => void } {
    if (layout.kind === "contiguous") return { address: start, release: () => {} };
    const address = this.#heap.alloc(bytes);
    pack(this.#mem.u8, start, layout, bytes, this.#mem.u8, address);
    return { address, release: () => this.#heap.free(address) };
  }

  #receive(from: number, tag: number, start: number, layout: Layout, bytes: number, ended: Ended): void {
    const aside = layout.kind !== "contiguous";
    const address = aside ? this.#heap.alloc(bytes) : start;
    this.#channel.transport.receiveRange(from, tag, { address, bytes }, (error) => {
      if (aside) {
        if (error === undefined) unpack(this.#mem.u8, address, this.#mem.u8, start, layout, bytes);
        this.#heap.free(address);
      }
      ended(error ?? null);
    });
  }

  #nextTag(): number {
    this.#tag = (this.#tag + 1) % TAGS;
    return FREE_TAGS + this.#tag;
  }
}

type Handle = (from: number, id: number, body: Reader) => void;

/** As `handle`, in the order of a record. */
function inTurn(handle: Handle): Handle {
  if (arrivals === null) return handle;
  return (from, id, body) => {
    const copy = new Reader().open(body.rest().slice()); // it is valid only now
    inOrder("memory is asked for", `${from} ${id}`, () => handle(from, id, copy));
  };
}

function sizeOf(body: Reader): number {
  const bytes = body.f64();
  if (Number.isInteger(bytes) && bytes >= 0) return bytes;
  throw new MessageError(`a message about ${bytes} bytes`);
}

function errorOf(body: Reader): Error {
  if (body.u32() === Why.MEMORY) return new GlobalMemoryError(body.text());
  const [requested, capacity, free, largest] = [body.f64(), body.f64(), body.f64(), body.f64()];
  return new OutOfMemoryError(body.text(), { requested, capacity, free, largest });
}
