/**
 * The binomial tree over the ranks 0 to size - 1, rank 0 at the root: a rank's parent is itself without its lowest bit. Every subtree
 * is a run of neighbouring ranks, so a reduction up the tree can keep the order of the ranks. Depth: log2(size), rounded up.
 */
export function parentOf(rank: number): number {
  return rank & (rank - 1);
}

/** Smallest subtree first: [rank + 1], [rank + 2, rank + 3], ... */
export function childrenOf(rank: number, size: number): number[] {
  const children: number[] = [];
  const limit = rank === 0 ? size : rank & -rank;
  for (let bit = 1; bit < limit && rank + bit < size; bit <<= 1) children.push(rank + bit);
  return children;
}

/** One behind the last rank of the subtree. */
export function subtreeEnd(rank: number, size: number): number {
  return rank === 0 ? size : Math.min(size, rank + (rank & -rank));
}
