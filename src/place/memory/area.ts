/** A piece of a place's heap, as other places name it. */
import { GlobalMemoryError } from "../../errors.ts";
import type { Reader, Writer } from "../../net/wire.ts";
import type { Heap } from "../../shared/heap/heap.ts";

export interface Area {
  /** Address of the block in which it lies. */
  readonly block: number;
  /** Which use of that block, see `Heap.stampOf`: what was freed is told from what lies there now. */
  readonly stamp: number;
  /** Bytes from the beginning of the block. */
  readonly offset: number;
}

export const AREA_BYTES = 16;

export function writeArea(writer: Writer, { block, stamp, offset }: Area): void {
  writer.u32(block).i32(stamp).f64(offset);
}

export function readArea(reader: Reader): Area {
  return { block: reader.u32(), stamp: reader.i32(), offset: reader.f64() };
}

/** BLOCK of an area of the own heap that an array of this place names itself: OFFSET is the address. From other places it is refused. */
export const OWN_ARRAY = 0;

/** As `addressOf`, for an end of a copy that somebody of this place has named. */
export function ownAddressOf(heap: Heap, area: Area, span: number, place: number): number {
  return area.block === OWN_ARRAY ? area.offset : addressOf(heap, area, span, place);
}

/** The address of an area of the own heap in which `span` bytes lie. @throws GlobalMemoryError `HEDDLE_GLOBAL_MEMORY` when they do not. */
export function addressOf(heap: Heap, { block, stamp, offset }: Area, span: number, place: number): number {
  if (stamp === 0 || heap.stampOf(block) !== stamp) {
    throw new GlobalMemoryError(`The memory at address ${block} of place ${place} has been freed, or was never allocated.`);
  }
  const size = heap.bytesOf(block);
  if (!(Number.isInteger(offset) && offset >= 0 && offset + span <= size)) {
    throw new GlobalMemoryError(
      `Bytes ${offset} to ${offset + span} lie outside of their array at place ${place}, which has ${size} bytes.`,
    );
  }
  return block + offset;
}
