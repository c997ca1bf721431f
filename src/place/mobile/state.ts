/** What an object takes along when it moves: its fields, and the bytes of the heap arrays in them. */
import { registerCrossing } from "../../sched/crossing.ts";
import { type HeapArray, isHeapArray } from "../../shared/array-kinds.ts";
import { shared } from "../../task/shared.ts";
import { placeHere } from "../here.ts";

/** An array on the heap that belongs to an object: it is one again where it arrives. */
class Part {
  readonly array: HeapArray;
  constructor(array: HeapArray) {
    this.array = array;
  }
}

const describe = (value: object): unknown => (value instanceof Part ? [value.array] : undefined);
const revive = (data: unknown): Part => new Part((data as [HeapArray])[0]);
registerCrossing({ tag: "array of an object", describe, revive, away: { describe, revive } });

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
};

/** A copy in which `change` has replaced the leaves, in fields and in plain objects and arrays in them. */
function mapLeaves(value: unknown, change: (leaf: unknown) => unknown, seen = new Map<object, unknown>()): unknown {
  if (typeof value !== "object" || value === null || !isPlain(value)) return change(value);
  const known = seen.get(value);
  if (known !== undefined) return known;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([] as never) : {};
  seen.set(value, copy);
  for (const [key, inner] of Object.entries(value)) copy[key] = mapLeaves(inner, change, seen);
  return copy;
}

/** For another place. `arrays` are those on the heap, which are the object's own. */
export function packState(state: unknown): { packed: unknown; arrays: HeapArray[] } {
  const { mem } = placeHere();
  const parts = new Map<HeapArray, Part>();
  const packed = mapLeaves(state, (leaf) => {
    if (!isHeapArray(leaf, mem)) return leaf;
    const array = leaf as HeapArray;
    if (!parts.has(array)) parts.set(array, new Part(array));
    return parts.get(array);
  });
  return { packed, arrays: [...parts.keys()] };
}

/** What has come from another place, with its arrays on the heap of this one. */
export function unpackState(packed: unknown): unknown {
  const arrays = new Map<Part, HeapArray>();
  return mapLeaves(packed, (leaf) => {
    if (!(leaf instanceof Part)) return leaf;
    if (!arrays.has(leaf)) arrays.set(leaf, shared.from(leaf.array as never) as HeapArray);
    return arrays.get(leaf);
  });
}

/** Frees them, unless they are pieces of others. */
export function freeArrays(arrays: readonly HeapArray[]): void {
  const { heap } = placeHere();
  const blocks = new Map(arrays.map((array) => [array.byteOffset, array]));
  for (const [block, array] of blocks) if (heap.stampOf(block) !== 0) shared.free(array as never);
}
