/** Reading and writing the bodies of records: little endian, no alignment, every bound checked on reading. */
import { MessageError } from "../errors.ts";

const START_BYTES = 256;
const MAX_BYTES = 0x7fff_ffff;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });
const NOTHING = new Uint8Array(0);

/** Writes one body after another into a buffer that grows. `clear` begins the next. */
export class Writer {
  #bytes = new Uint8Array(START_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** How many bytes have been written since `clear`. */
  get length(): number {
    return this.#length;
  }

  clear(): this {
    this.#length = 0;
    return this;
  }

  /** What has been written, valid until the next write. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  u8(value: number): this {
    const at = this.#take(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#take(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.#take(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  i32(value: number): this {
    const at = this.#take(4);
    this.#view.setInt32(at, value, true);
    return this;
  }

  f64(value: number): this {
    const at = this.#take(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#take(8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  /** The bytes as they are; their number is not written. */
  raw(bytes: Uint8Array): this {
    const at = this.#take(bytes.length); // first: it may replace the buffer
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Their number as u32, then the bytes. */
  blob(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  /** As `blob`, in UTF-8. */
  text(text: string): this {
    return this.blob(encoder.encode(text));
  }

  #take(bytes: number): number {
    const at = this.#length;
    const end = at + bytes;
    if (end > this.#bytes.length) this.#grow(end);
    this.#length = end;
    return at;
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.min(MAX_BYTES, Math.max(needed, 2 * this.#bytes.length)));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/**
 * Reads what a Writer has written. A read beyond the end throws a MessageError (`HEDDLE_MESSAGE`); nothing else is ever touched.
 * A Reader moves from record to record: `open` and `narrow` are for whoever owns it, the rest is for handlers of records.
 */
export class Reader {
  #bytes: Uint8Array = NOTHING;
  #view: DataView = new DataView(NOTHING.buffer);
  #at = 0;
  #end = 0;

  /** Over all of `bytes`. */
  open(bytes: Uint8Array): this {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.narrow(0, bytes.length);
  }

  /** Over the bytes from `start` to before `end` of what was opened. */
  narrow(start: number, end: number): this {
    if (!(start >= 0 && start <= end && end <= this.#bytes.length)) {
      throw new MessageError(`bytes ${start} to ${end} of a message of ${this.#bytes.length}`);
    }
    this.#at = start;
    this.#end = end;
    return this;
  }

  /** How many bytes have not been read. */
  get left(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** A view, valid as long as the message. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.raw(this.left);
  }

  /** As `rest`, but it stays to be read. */
  ahead(): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#end);
  }

  blob(): Uint8Array {
    return this.raw(this.u32());
  }

  text(): string {
    const bytes = this.blob();
    try {
      return decoder.decode(bytes.slice()); // a copy: decoders take no shared memory
    } catch (cause) {
      throw new MessageError("a text in a message is not UTF-8", { cause });
    }
  }

  /** @throws MessageError unless all has been read. */
  end(): void {
    if (this.left !== 0) throw new MessageError(`a message has ${this.left} bytes too many`);
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (bytes > this.#end - at) throw new MessageError(`a message is cut short: ${bytes} bytes wanted, ${this.#end - at} left`);
    this.#at = at + bytes;
    return at;
  }
}
