import type { SharedMemory } from "../memory.ts";

/** What the codec has to be told, once per thread, by the layers above it. */
export interface Crossing {
  /**
   * A task, future, promise, phaser, accumulator and the like: a tag and a small plain description of it, or undefined
   * when `value` is none of these. Asked for functions and for instances of classes that the language does not define;
   * never for plain objects and arrays. `data` may hold anything that crosses, further such things too, but not `value` itself.
   */
  describe(value: object): { tag: string; data: unknown } | undefined;
  /** The other direction. `data` is complete when it is called, except for objects which contain the revived thing itself. */
  revive(tag: string, data: unknown): unknown;
  /** The runtime's memory: arrays on it cross by address, without a copy. */
  memory(): SharedMemory | undefined;
  /** The message leaves that memory: arrays on it are copied, and arrive as ordinary ones. */
  readonly byValue?: boolean;
  /** What a registered class is called where the message is read, where that is another name than where it was written. */
  readonly classKey?: (key: string) => string;
}

export interface Codec {
  /**
   * `root` is "args" for an argument list and "result" for a result; error paths begin with it: `args[0].user.socket`.
   * The bytes may be a view of a larger buffer; they stay as they are for as long as they are held.
   * @throws CrossingError HEDDLE_CANNOT_CROSS when something in `value` cannot cross.
   */
  encode(value: unknown, root: string): Uint8Array;
  /**
   * `bytes` may lie in shared memory, and may be overwritten once this has returned.
   * @throws CrossingError HEDDLE_CANNOT_CROSS when a class is not registered in this thread, or its `decode` threw.
   */
  decode(bytes: Uint8Array): unknown;
  /** Never throws: what cannot cross inside an error is replaced by a short description. */
  encodeError(error: unknown): Uint8Array;
  decodeError(bytes: Uint8Array): unknown;
}
