import { Packr, RESERVE_START_SPACE } from "msgpackr/pack";
import { InvariantError } from "../../errors.ts";
import { incomingBuffers, type OutgoingBuffers } from "./buffers.ts";
import { GRAPH_MARK, HEADER_BYTES } from "./wire.ts";

const SCRATCH_BYTES = 16_384;
const POOL_BYTES = 8_192;
const LARGE_RESULT_BYTES = 1 << 20;

let withRecords = false;

/**
 * Records write the keys of like objects once; each message defines its own. Where `new Function` is forbidden they are read
 * more slowly. No references: graph messages have their own.
 */
const packr = new Packr({ useRecords: () => withRecords, mapsAsObjects: true, moreTypes: true, structuredClone: false });

const scratch = newBytes(SCRATCH_BYTES);

export function packTree(value: unknown, size: "small" | "large"): Uint8Array {
  withRecords = size === "large";
  return releaseLarge(packr.pack(value));
}

export function packGraph(stream: unknown[], buffers: OutgoingBuffers): Uint8Array {
  const packed = releaseLarge(packr.pack(stream, RESERVE_START_SPACE | HEADER_BYTES));
  const end = buffers.endOffset(packed.length);
  let message: Uint8Array = packed;
  if (buffers.count > 0) {
    message = newBytes(end);
    message.set(packed);
    buffers.copyTo(message, packed.length);
  }
  const packedLength = packed.length - HEADER_BYTES;
  message[0] = GRAPH_MARK;
  message[1] = message[2] = message[3] = 0;
  for (let i = 0; i < 4; i++) message[4 + i] = packedLength >>> (8 * i);
  return message;
}

export function isGraph(message: Uint8Array): boolean {
  return message[0] === GRAPH_MARK;
}

export function unpackTree(message: Uint8Array): unknown {
  return unpack(message, 0, message.length);
}

export function unpackGraph(message: Uint8Array): { stream: unknown[]; buffers: ArrayBuffer[] } {
  const packedLength =
    ((message[4] as number) | ((message[5] as number) << 8) | ((message[6] as number) << 16) | ((message[7] as number) << 24)) >>>
    0;
  const end = HEADER_BYTES + packedLength;
  const stream = unpack(message, HEADER_BYTES, end);
  if (!Array.isArray(stream)) throw new InvariantError("A message between threads is damaged: it has no records");
  return { stream, buffers: incomingBuffers(stream, message, end) };
}

/** Works on a copy: `message` may be shared memory, which text decoders refuse. */
function unpack(message: Uint8Array, start: number, end: number): unknown {
  const length = end - start;
  if (length <= 0 || end > message.length) throw new InvariantError("A message between threads is damaged: its length is wrong");
  try {
    if (length > SCRATCH_BYTES) return packr.unpack(message.slice(start, end));
    if (length <= 64) for (let i = 0; i < length; i++) scratch[i] = message[start + i] as number;
    else scratch.set(message.subarray(start, end));
    return packr.unpack(scratch, length);
  } catch (cause) {
    throw new InvariantError("A message between threads is damaged: it is not MessagePack", { cause });
  }
}

/** The packer goes on writing behind the last result; after a large one it would keep, and go on making, buffers of that size. */
function releaseLarge(packed: Uint8Array): Uint8Array {
  if (packed.length > LARGE_RESULT_BYTES) packr.useBuffer(newBytes(POOL_BYTES));
  return packed;
}

function newBytes(length: number): Uint8Array {
  return typeof Buffer === "function" ? Buffer.allocUnsafeSlow(length) : new Uint8Array(length);
}
