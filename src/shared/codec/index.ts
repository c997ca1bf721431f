import { CrossingError } from "../../errors.ts";
import type { Codec, Crossing } from "./crossing.ts";
import { GraphDecoder } from "./decoder.ts";
import { GraphEncoder } from "./encoder.ts";
import { isGraph, packGraph, packTree, unpackGraph, unpackTree } from "./message.ts";
import { plainTree } from "./plain.ts";
import { describeThrown, placeholder } from "./refusals.ts";

export type { Codec, Crossing } from "./crossing.ts";
export { type ClassCrossing, crosses, errorClass, onClassModule } from "./registry.ts";
export { withPlace, withSpawnSite } from "./spawn-site.ts";

/** What crosses is listed in docs/what-crosses.md; how, in README.md beside this file. */
export function createCodec(crossing: Crossing): Codec {
  const encode = (value: unknown, root: string): Uint8Array => {
    const tree = plainTree(value);
    return tree ? packTree(value, tree) : encodeGraph(crossing, value, root);
  };
  const decode = (bytes: Uint8Array): unknown => {
    if (!isGraph(bytes)) return unpackTree(bytes);
    const { stream, buffers } = unpackGraph(bytes);
    return new GraphDecoder(crossing, stream, buffers).read();
  };
  const encodeError = (error: unknown): Uint8Array => {
    try {
      return encode(error, "error");
    } catch (reason) {
      return encodeGraph(NOTHING_KNOWN, standInFor(error, reason), "error");
    }
  };
  return { encode, decode, encodeError, decodeError: decode };
}

const NOTHING_KNOWN: Crossing = { describe: () => undefined, revive: () => undefined, memory: () => undefined };

function encodeGraph(crossing: Crossing, value: unknown, root: string): Uint8Array {
  const encoder = new GraphEncoder(crossing, root);
  encoder.write(value);
  return packGraph(encoder.stream, encoder.buffers);
}

/** For something thrown that cannot cross. */
function standInFor(thrown: unknown, reason: unknown): Error {
  const message = `A task threw ${placeholder(thrown)}, which cannot cross to another thread (${describeThrown(reason)})`;
  return new CrossingError(message, "error");
}
