/** Which bucket a key belongs to: the number of splitters that are not above it. Keys are two words, the low one first. */

/** The table has a row for each value of so many leading bits. */
const tableBits = 12;
export const tableLength = 2 ** tableBits + 1;
/** From so many splitters on between two rows of the table, halving is faster than going through them. */
const many = 8;

/** A key as a number: in the same order, with equal numbers for keys that differ in the last bits only. */
export const numberOf = (low: number, high: number): number => high * 2 ** 32 + low;

/** Row t: the number of splitters that are not above the least key with the leading bits t. */
export function fillTable(splitters: Float64Array, table: Int32Array): void {
  let below = 0;
  for (let row = 0; row < tableLength; row++) {
    while (below < splitters.length && splitters[below]! <= row * 2 ** (64 - tableBits)) below++;
    table[row] = below;
  }
}

export function bucketOf(low: number, high: number, splitters: Float64Array, table: Int32Array): number {
  const row = high >>> (32 - tableBits);
  let bucket = table[row]!;
  const end = table[row + 1]!;
  if (bucket === end) return bucket;
  const key = numberOf(low, high);
  if (end - bucket > many) return halving(key, bucket, end, splitters);
  while (bucket < end && splitters[bucket]! <= key) bucket++;
  return bucket;
}

function halving(key: number, from: number, to: number, splitters: Float64Array): number {
  while (from < to) {
    const middle = (from + to) >> 1;
    if (splitters[middle]! <= key) from = middle + 1;
    else to = middle;
  }
  return from;
}
