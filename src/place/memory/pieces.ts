/** How the bytes of a copy lie in the memory at one of its ends: in one piece, in pieces at equal distances, or at listed places. */
import { MessageError } from "../../errors.ts";
import type { Reader, Writer } from "../../net/wire.ts";

export type Layout =
  | { readonly kind: "contiguous" }
  /** Runs of `run` bytes, which begin `stride` bytes apart. */
  | { readonly kind: "strided"; readonly run: number; readonly stride: number }
  /** Elements of `element` bytes; each index counts elements from the start. */
  | { readonly kind: "indexed"; readonly element: number; readonly indexes: Uint32Array };

export const CONTIGUOUS: Layout = { kind: "contiguous" };
const Code = { CONTIGUOUS: 0, STRIDED: 1, INDEXED: 2 } as const;

/** How far from the start the last of `bytes` bytes lies, exclusive. */
export function spanOf(layout: Layout, bytes: number): number {
  switch (layout.kind) {
    case "contiguous":
      return bytes;
    case "strided":
      return bytes === 0 ? 0 : (Math.ceil(bytes / layout.run) - 1) * layout.stride + ((bytes - 1) % layout.run) + 1;
    case "indexed": {
      let most = -1;
      for (const index of layout.indexes) if (index > most) most = index;
      return (most + 1) * layout.element;
    }
  }
}

/** Whether the layout can hold just so many bytes. */
export const fits = (layout: Layout, bytes: number): boolean =>
  layout.kind !== "indexed" || layout.indexes.length * layout.element === bytes;

/** Calls `each` with the position from the start and the length of every piece, in order. */
export function eachPiece(layout: Layout, bytes: number, each: (at: number, length: number) => void): void {
  if (layout.kind === "contiguous") each(0, bytes);
  else if (layout.kind === "strided") {
    for (let done = 0, at = 0; done < bytes; done += layout.run, at += layout.stride)
      each(at, Math.min(layout.run, bytes - done));
  } else for (const index of layout.indexes) each(index * layout.element, layout.element);
}

/** Pieces of so few bytes are copied by a loop: a view of each would cost more. */
const LOOP_BYTES = 64;

function move(from: Uint8Array, at: number, to: Uint8Array, toAt: number, length: number): void {
  if (length > LOOP_BYTES) to.set(from.subarray(at, at + length), toAt);
  else for (let i = 0; i < length; i++) to[toAt + i] = from[at + i]!;
}

/** Gathers the pieces that begin at `start` in `memory` into `into` from `at` on. */
export function pack(memory: Uint8Array, start: number, layout: Layout, bytes: number, into: Uint8Array, at: number): void {
  eachPiece(layout, bytes, (offset, length) => {
    move(memory, start + offset, into, at, length);
    at += length;
  });
}

/** The reverse of `pack`. */
export function unpack(from: Uint8Array, at: number, memory: Uint8Array, start: number, layout: Layout, bytes: number): void {
  eachPiece(layout, bytes, (offset, length) => {
    move(from, at, memory, start + offset, length);
    at += length;
  });
}

export function writeLayout(writer: Writer, layout: Layout): void {
  switch (layout.kind) {
    case "contiguous":
      writer.u32(Code.CONTIGUOUS);
      break;
    case "strided":
      writer.u32(Code.STRIDED).u32(layout.run).f64(layout.stride);
      break;
    case "indexed": {
      const { indexes } = layout;
      writer.u32(Code.INDEXED).u32(layout.element);
      writer.blob(new Uint8Array(indexes.buffer, indexes.byteOffset, indexes.byteLength));
    }
  }
}

/** @throws MessageError `HEDDLE_MESSAGE` */
export function readLayout(reader: Reader): Layout {
  const code = reader.u32();
  if (code === Code.CONTIGUOUS) return CONTIGUOUS;
  if (code === Code.STRIDED) {
    const run = reader.u32();
    const stride = reader.f64();
    if (run > 0 && Number.isInteger(stride) && stride >= run) return { kind: "strided", run, stride };
  } else if (code === Code.INDEXED) {
    const element = reader.u32();
    const bytes = reader.blob();
    if (element > 0 && element <= 8 && bytes.length % 4 === 0) {
      return { kind: "indexed", element, indexes: new Uint32Array(bytes.slice().buffer) };
    }
  }
  throw new MessageError(`a copy with an unknown layout (${code})`);
}
