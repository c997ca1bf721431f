import { UsageError } from "../../errors.ts";
import { gather } from "../../pattern/derive.ts";
import type { Future } from "../../sched/core.ts";
import { bytesPerElement, type HeapArray } from "../../shared/array-kinds.ts";
import { shown } from "../../shared/given.ts";
import { placeHere } from "../here.ts";
import { allocateAt } from "./access.ts";
import { type GlobalPtr, makePtr } from "./global-ptr.ts";
import { type ArraysByName, checkLength, type KindName, kindNamed } from "./kinds.ts";

/** Makes arrays of zeros on the heap of a place: one method for each kind of element, as `shared` has them. */
export type HeapAt = { readonly [K in KindName]: (length: number) => Future<GlobalPtr<ArraysByName[K]>> };

const NAMES: readonly KindName[] = ["int8", "uint8", "uint8Clamped", "int16", "uint16", "int32", "uint32", "float16", "float32", "float64", "bigInt64", "bigUint64"]; // biome-ignore format: one line

/**
 * The heap of any place: `await heapAt(3).float64(1000)` is a global pointer to 1000 zeros there, which stay until `free()`. Never blocks.
 *
 * @throws UsageError `HEDDLE_USAGE` when there is no such place. The future fails with OutOfMemoryError (`HEDDLE_OUT_OF_MEMORY`) when that heap has no room.
 */
export function heapAt(place: number): HeapAt {
  const { places } = placeHere();
  if (!(Number.isInteger(place) && place >= 0 && place < places)) {
    throw new UsageError(`heapAt: place is ${shown(place)}; places are numbered from 0 to ${places - 1}`);
  }
  return Object.fromEntries(NAMES.map((name) => [name, (length: number) => allocate(place, name, length)])) as unknown as HeapAt;
}

/** @internal */
export function allocate<A extends HeapArray>(place: number, name: KindName, length: number): Future<GlobalPtr<A>> {
  const what = `heapAt(${place}).${name}(length)`;
  checkLength(length, what);
  const kind = kindNamed(name, what);
  return gather(what, [allocateAt(place, length * bytesPerElement(kind))], ([area]) => makePtr<A>(place, kind, area!, length));
}
