/** What a reduction up the binomial tree computes, for whoever has the data of all ranks: the same shape, so the same bits. */
import type { Combine } from "./collectives.ts";
import { childrenOf } from "./tree.ts";

/** The data of all ranks combined; writes to them. */
export function foldInTree(given: readonly Uint8Array[], combine: Combine, rank = 0): Uint8Array {
  const sum = given[rank]!;
  for (const child of childrenOf(rank, given.length)) combine(sum, foldInTree(given, combine, child));
  return sum;
}

/** The data of all ranks below `rank` combined; null for rank 0. */
export function prefixInTree(given: readonly Uint8Array[], rank: number, combine: Combine): Uint8Array | null {
  let before: Uint8Array | null = null;
  for (let at = 0; at !== rank; ) {
    const children = childrenOf(at, given.length);
    const on = children.findLastIndex((child) => child <= rank);
    const sum: Uint8Array = (before ?? given[at]!).slice();
    if (before !== null) combine(sum, given[at]!);
    for (const child of children.slice(0, on)) combine(sum, foldInTree(given, combine, child));
    before = sum;
    at = children[on]!;
  }
  return before;
}
