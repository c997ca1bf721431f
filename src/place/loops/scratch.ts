/** Arrays on this place's heap for a time. */
import type { HeapArray } from "../../shared/array-kinds.ts";
import { bytesPerElement, viewAt } from "../../shared/array-kinds.ts";
import { placeHere } from "../here.ts";
import type { SharedArray } from "../memory/shared-array.ts";

/** An array for elements of `array`, to be given back by `freeScratch`. @throws OutOfMemoryError `HEDDLE_OUT_OF_MEMORY` */
export function scratchFor<A extends HeapArray>({ kind }: SharedArray<A>, length: number): A {
  const { mem, heap } = placeHere();
  return viewAt(mem, kind, heap.alloc(Math.max(1, length) * bytesPerElement(kind)), length) as A;
}

export function freeScratch(array: HeapArray): void {
  placeHere().heap.free(array.byteOffset);
}

/** Runs `use` with such an array, and gives it back when that has ended. */
export async function withArray<A extends HeapArray, T>(
  array: SharedArray<A>,
  length: number,
  use: (scratch: A) => Promise<T>,
): Promise<T> {
  const scratch = scratchFor(array, length);
  try {
    return await use(scratch);
  } finally {
    freeScratch(scratch);
  }
}
