import { type Codec, createCodec } from "../../src/shared/codec/index.ts";
import { createMemory } from "../../src/shared/memory.ts";

export const memory = createMemory(1 << 20);

/** Stands for the things of the upper layers: futures, promises, tasks. */
export class Handle {
  readonly state: unknown;
  constructor(state: unknown) {
    this.state = state;
  }
}

export const codec: Codec = createCodec({
  describe: (value) => (value instanceof Handle ? { tag: "handle", data: value.state } : undefined),
  revive: (_tag, data) => new Handle(data),
  memory: () => memory,
});

/** Through memory that is shared and then overwritten, as messages really go. */
export function cross(value: unknown): unknown {
  return received(codec.encode(value, "result"), codec.decode);
}

export function crossError(error: unknown): unknown {
  return received(codec.encodeError(error), codec.decodeError);
}

function received(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown): unknown {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 3)).subarray(3);
  shared.set(bytes);
  const value = decode(shared);
  shared.fill(0xff);
  return value;
}

/** `value`, after `act` has done something to it. */
export function prepared<T>(value: T, act: (value: T) => void): T {
  act(value);
  return value;
}
