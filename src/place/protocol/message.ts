/** How the protocols between places write their messages: some 32-bit words, then bytes. */
import { MessageError } from "../../errors.ts";

const WORD = 4;
const NO_BYTES = new Uint8Array(0);

export function pack(words: readonly number[], payload: Uint8Array = NO_BYTES): Uint8Array {
  const message = new Uint8Array(words.length * WORD + payload.length);
  const view = new DataView(message.buffer);
  for (let i = 0; i < words.length; i++) view.setInt32(i * WORD, words[i]!, true);
  message.set(payload, words.length * WORD);
  return message;
}

/** @throws MessageError `HEDDLE_MESSAGE` when the message is cut short. */
export function unpack(message: Uint8Array, count: number): { words: number[]; payload: Uint8Array } {
  if (message.length < count * WORD) {
    throw new MessageError(`a message between places has ${message.length} bytes; ${count * WORD} or more were expected`);
  }
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const words = Array.from({ length: count }, (_, i) => view.getInt32(i * WORD, true));
  return { words, payload: message.subarray(count * WORD) };
}

/** What stands before the parts in what `packParts` makes. */
export const packLengths = (lengths: readonly number[]): Uint8Array => pack([lengths.length, ...lengths]);

/** How long parts are together. */
export const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, it) => sum + it.length, 0);

/** Copies parts one behind the other into `target`, from `at` on; returns it. */
export function copyParts(parts: readonly Uint8Array[], target: Uint8Array, at = 0): Uint8Array {
  let end = at;
  for (const part of parts) {
    target.set(part, end);
    end += part.length;
  }
  return target;
}

/** How long what `packParts` makes is. */
export const packedBytes = (parts: readonly Uint8Array[]): number => (1 + parts.length) * WORD + lengthOf(parts);

/** Several byte strings in one, each behind its length. */
export const packParts = (parts: readonly Uint8Array[]): Uint8Array => packPartsInto(new Uint8Array(packedBytes(parts)), parts);

/** The same into memory that is as long as `packedBytes` says; returns it. */
export function packPartsInto(message: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const lengths = packLengths(parts.map((it) => it.length));
  return copyParts([lengths, ...parts], message);
}

/** Copies, so that they outlive the message. @throws MessageError `HEDDLE_MESSAGE` when it is cut short. */
export const unpackParts = (message: Uint8Array): Uint8Array[] => partsIn(message).map((it) => it.slice());

/** The parts where they lie. @throws MessageError `HEDDLE_MESSAGE` when it is cut short. */
export function partsIn(message: Uint8Array): Uint8Array[] {
  const [count] = unpack(message, 1).words as [number];
  if (count < 0 || count > message.length / WORD)
    throw new MessageError(`a message between places claims to have ${count} parts`);
  const { words, payload } = unpack(message, 1 + count);
  let at = 0;
  return words.slice(1).map((length) => {
    if (length < 0 || at + length > payload.length) throw new MessageError("a message between places is cut short");
    at += length;
    return payload.subarray(at - length, at);
  });
}
