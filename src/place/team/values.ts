/** Values on their way through collective operations: the communication threads pass on their bytes. */
import { CrossingError } from "../../errors.ts";
import { makeAwayCodec } from "../../sched/crossing.ts";
import type { Station } from "../../sched/station.ts";
import type { Codec } from "../../shared/codec/index.ts";
import { Mentions } from "../../shared/mentions.ts";

const codecs = new WeakMap<Station, Codec>();

function codecOf(station: Station): Codec {
  let codec = codecs.get(station);
  if (codec === undefined) {
    codec = makeAwayCodec(station.mem, () => station);
    codecs.set(station, codec);
  }
  return codec;
}

/** @throws CrossingError `HEDDLE_CANNOT_CROSS` */
export function encodeValue(station: Station, value: unknown, what: string): Uint8Array {
  const bytes = codecOf(station).encode(value, what);
  if (Mentions.read(bytes).mentions.count > 0) {
    throw new CrossingError(
      `${what}: tasks, futures and promises do not go through collective operations; pass them to a task at that place`,
      what,
    );
  }
  return bytes;
}

export const decodeValue = (station: Station, bytes: Uint8Array): unknown => codecOf(station).decode(bytes);
