import { deserialize, serialize } from "node:v8";
import { UsageError } from "../../errors.ts";
import { type Control, MAX_THREADS, valueArea } from "./control.ts";

/** Plain values on their way from `setup` to the threads and from the threads to `check`. */

const HEADER_BYTES = 4;
export const SETUP_VALUE = MAX_THREADS;

export function writeValue(control: Control, slot: number, value: unknown): void {
  const area = valueArea(control, slot);
  const bytes = value === undefined ? new Uint8Array() : serialize(value);
  if (bytes.length > area.length - HEADER_BYTES) {
    throw new UsageError(`a value of ${bytes.length} bytes: expected at most ${area.length - HEADER_BYTES}`);
  }
  new DataView(area.buffer, area.byteOffset).setUint32(0, bytes.length);
  area.set(bytes, HEADER_BYTES);
}

export function readValue(control: Control, slot: number): unknown {
  const area = valueArea(control, slot);
  const length = new DataView(area.buffer, area.byteOffset).getUint32(0);
  return length === 0 ? undefined : deserialize(Buffer.from(area.slice(HEADER_BYTES, HEADER_BYTES + length)));
}
