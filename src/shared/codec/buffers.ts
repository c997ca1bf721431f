import { BUFFER_VIEW, viewConstructors } from "./wire.ts";

/** Parts begin at multiples of this, in the message and in the buffer, so that every kind of view stays aligned. */
const ALIGNMENT = 8;
const FIXED = -1;

interface Part {
  readonly buffer: ArrayBufferLike;
  start: number;
  end: number;
  readonly maxByteLength: number;
}

interface Patch {
  readonly at: number;
  readonly part: Part;
}

/**
 * The binary part of a message: of each ArrayBuffer the stretch that the message's views cover, once, however many views
 * there are. A buffer that is itself in the message, or that can be resized, comes whole.
 */
export class OutgoingBuffers {
  readonly #parts: Part[] = [];
  #indices: Map<ArrayBuffer, number> | undefined;
  readonly #patches: Patch[] = [];

  get count(): number {
    return this.#parts.length;
  }

  addWhole(buffer: ArrayBuffer): number {
    return this.addPart(buffer, 0, buffer.byteLength);
  }

  addPart(buffer: ArrayBuffer, byteOffset: number, byteLength: number): number {
    const resizable = buffer.resizable === true;
    const start = resizable ? 0 : byteOffset - (byteOffset % ALIGNMENT);
    const end = resizable ? buffer.byteLength : byteOffset + byteLength;
    this.#indices ??= new Map();
    const known = this.#indices.get(buffer);
    if (known === undefined) {
      const index = this.#parts.push({ buffer, start, end, maxByteLength: resizable ? buffer.maxByteLength : FIXED }) - 1;
      this.#indices.set(buffer, index);
      return index;
    }
    const part = this.#parts[known] as Part;
    part.start = Math.min(part.start, start);
    part.end = Math.max(part.end, end);
    return known;
  }

  /** A stretch of a buffer that is large and shared: a part of its own for each view, however many views of it there are. */
  addCopy(buffer: ArrayBufferLike, byteOffset: number, byteLength: number): number {
    const start = byteOffset - (byteOffset % ALIGNMENT);
    return this.#parts.push({ buffer, start, end: byteOffset + byteLength, maxByteLength: FIXED }) - 1;
  }

  /** The stream's word `at` is an offset in the whole buffer: to be counted from the part's start, once that is known. */
  offsetAt(at: number, index: number): void {
    this.#patches.push({ at, part: this.#parts[index] as Part });
  }

  /** Ends the stream with the table of parts, and sets the offsets right. */
  finish(stream: unknown[]): void {
    for (const { at, part } of this.#patches) stream[at] = (stream[at] as number) - part.start;
    for (const { start, end, maxByteLength } of this.#parts) stream.push(end - start, maxByteLength);
    stream.push(this.#parts.length);
  }

  /** The bytes that follow the packed stream, which ends at `from`. */
  endOffset(from: number): number {
    let at = from;
    for (const { start, end } of this.#parts) at = align(at) + end - start;
    return at;
  }

  copyTo(message: Uint8Array, from: number): void {
    let at = from;
    for (const { buffer, start, end } of this.#parts) {
      at = align(at);
      message.set(new Uint8Array(buffer, start, end - start), at);
      at += end - start;
    }
  }
}

/** Reads the table at the end of `stream` and takes a copy of each part out of `message`. */
export function incomingBuffers(stream: readonly unknown[], message: Uint8Array, from: number): ArrayBuffer[] {
  const count = stream[stream.length - 1] as number;
  const table = stream.length - 1 - 2 * count;
  if (!Number.isInteger(count) || count < 0 || table < 0) throw new RangeError("table of buffers");
  const buffers: ArrayBuffer[] = [];
  let at = from;
  for (let i = table; i < stream.length - 1; i += 2) {
    const byteLength = stream[i] as number;
    const maxByteLength = stream[i + 1] as number;
    at = align(at);
    if (!Number.isInteger(byteLength) || byteLength < 0 || at + byteLength > message.length)
      throw new RangeError("length of a buffer");
    const buffer = maxByteLength === FIXED ? new ArrayBuffer(byteLength) : new ArrayBuffer(byteLength, { maxByteLength });
    new Uint8Array(buffer).set(message.subarray(at, at + byteLength));
    at += byteLength;
    buffers.push(buffer);
  }
  return buffers;
}

export function viewOn(buffer: ArrayBufferLike, viewKind: number, byteOffset: number, length: number): ArrayBufferView {
  if (viewKind === BUFFER_VIEW && typeof Buffer === "function") return Buffer.from(buffer as ArrayBuffer, byteOffset, length);
  const View = viewConstructors[viewKind];
  if (!View) throw new RangeError("kind of view");
  return new View(buffer, byteOffset, length);
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}
