/** Values on their way through collective operations: the communication threads pass on their bytes. */
import { CrossingError, MessageError } from "../../errors.ts";
import { decodeBeside, encodeBeside } from "../../sched/beside.ts";
import { makeAwayCodec } from "../../sched/crossing.ts";
import type { Station } from "../../sched/station.ts";
import { ARRAY_NAMES, hasKind, isHeapArray, kindName, kindOf } from "../../shared/array-kinds.ts";
import type { Codec } from "../../shared/codec/index.ts";
import type { SharedMemory } from "../../shared/memory.ts";
import { Mentions } from "../../shared/mentions.ts";
import type { PlaceHere } from "../here.ts";
import { plainArray } from "../memory/kinds.ts";
import { copyParts, lengthOf } from "../protocol/message.ts";

/** Bytes that lie one behind the other once they are written. */
export type Pieces = readonly Uint8Array[];

/** What a typed array alone begins with, in the place of the number of mentions: then its kind, and the elements as they lie. */
const ARRAY = 0xffff_ffff;
const ARRAY_HEAD = 8;

const codecs = new WeakMap<Station, Codec>();

function codecOf(station: Station): Codec {
  let codec = codecs.get(station);
  if (codec === undefined) {
    codec = makeAwayCodec(station.mem, () => station);
    codecs.set(station, codec);
  }
  return codec;
}

export const joined = (pieces: Pieces): Uint8Array => copyParts(pieces, new Uint8Array(lengthOf(pieces)));

/** @throws CrossingError `HEDDLE_CANNOT_CROSS` */
export function encodeValue({ station, mem }: PlaceHere, value: unknown, what: string): Pieces {
  const kind = kindOfAlone(mem, value);
  if (kind >= 0) {
    const { buffer, byteOffset, byteLength } = value as Uint8Array;
    const head = new DataView(new ArrayBuffer(ARRAY_HEAD));
    head.setUint32(0, ARRAY, true);
    head.setUint32(4, kind, true);
    return [new Uint8Array(head.buffer), new Uint8Array(buffer, byteOffset, byteLength)];
  }
  const bytes = station === null ? encodeBeside(value, what) : codecOf(station).encode(value, what);
  if (bytes === null || (station !== null && Mentions.read(bytes).mentions.count > 0)) {
    throw new CrossingError(
      `${what}: tasks, futures and promises do not go through collective operations; pass them to a task at that place`,
      what,
    );
  }
  return [bytes];
}

/** `bytes` may lie in shared memory; nothing of them is kept. */
export function decodeValue(station: Station | null, bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < ARRAY_HEAD || view.getUint32(0, true) !== ARRAY)
    return station === null ? decodeBeside(bytes) : codecOf(station).decode(bytes);
  const kind = view.getUint32(4, true);
  if (kind >= ARRAY_NAMES.length || !hasKind(kind))
    throw new MessageError(`elements of kind ${kind}, which this place does not know`);
  return plainArray(kind, bytes.slice(ARRAY_HEAD));
}

/** The kind of a typed array that is nothing else besides; else -1. */
function kindOfAlone(mem: SharedMemory, value: unknown): number {
  const kind = kindOf(value);
  if (kind < 0) return -1;
  const { buffer } = value as Uint8Array;
  const Class = (globalThis as unknown as Record<string, { readonly prototype: object }>)[kindName(kind)]!;
  if (Object.getPrototypeOf(value) !== Class.prototype) return -1;
  if (isHeapArray(value, mem)) return kind;
  return buffer instanceof ArrayBuffer && !buffer.resizable && !buffer.detached ? kind : -1;
}
