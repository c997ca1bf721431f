/** How requests for memory are written, between the threads of a place and from place to place. */
import type { Reader, Writer } from "../../net/wire.ts";
import { ArrayKind } from "../../shared/array-kinds.ts";
import { type Area, readArea, writeArea } from "./area.ts";
import { type Layout, readLayout, writeLayout } from "./pieces.ts";

/** Copies up to so many bytes travel inside a packet with others; longer ones go from memory to memory. */
export const SMALL_BYTES = 8192;

/** One end of a copy. */
export interface End {
  readonly place: number;
  readonly area: Area;
  readonly layout: Layout;
  /** Of its elements, for whoever watches. */
  readonly kind?: number;
}

export function writeEnd(body: Writer, { place, area, layout }: End): void {
  writeArea(body.u32(place), area);
  writeLayout(body, layout);
}

export const readEnd = (body: Reader): End => ({ place: body.u32(), area: readArea(body), layout: readLayout(body) });

export const isBig = (kind: number): boolean => kind === ArrayKind.BIG_INT64 || kind === ArrayKind.BIG_UINT64;

export function writeValue(writer: Writer, kind: number, value: number | bigint): void {
  if (isBig(kind)) writer.u64(BigInt.asUintN(64, BigInt(value)));
  else writer.f64(Number(value));
}

export function readValue(reader: Reader, kind: number): number | bigint {
  if (!isBig(kind)) return reader.f64();
  const value = reader.u64();
  return kind === ArrayKind.BIG_INT64 ? BigInt.asIntN(64, value) : value;
}
