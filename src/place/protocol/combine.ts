/** Adding up typed elements that lie in bytes: what a communication thread can do in a reduction without any code of the user's. */
import { UsageError } from "../../errors.ts";
import { ArrayKind, bytesPerElement, viewAt } from "../../shared/array-kinds.ts";

export const COMBINATIONS = ["sum", "product", "min", "max", "and", "or", "xor"] as const;
export type Combination = (typeof COMBINATIONS)[number];

type Numbers = { length: number; [i: number]: number };
type BigInts = { length: number; [i: number]: bigint };

/** `into[i] = into[i] op from[i]`. Both hold as many elements of one kind; `into` begins a buffer. */
export function combineInto(kind: number, op: Combination, into: Uint8Array, from: Uint8Array): void {
  if (into.length !== from.length) throw new UsageError(`reduce: ${into.length} bytes here, ${from.length} at another place`);
  if (kind === ArrayKind.BIG_INT64 || kind === ArrayKind.BIG_UINT64) {
    combineBigInts(op, viewOf(kind, into) as BigInts, viewOf(kind, from) as BigInts);
  } else {
    combineNumbers(op, viewOf(kind, into) as Numbers, viewOf(kind, from) as Numbers);
  }
}

function combineNumbers(op: Combination, a: Numbers, b: Numbers): void {
  const n = a.length;
  switch (op) {
    case "sum":
      for (let i = 0; i < n; i++) a[i]! += b[i]!;
      break;
    case "product":
      for (let i = 0; i < n; i++) a[i]! *= b[i]!;
      break;
    case "min":
      for (let i = 0; i < n; i++) a[i] = Math.min(a[i]!, b[i]!);
      break;
    case "max":
      for (let i = 0; i < n; i++) a[i] = Math.max(a[i]!, b[i]!);
      break;
    case "and":
      for (let i = 0; i < n; i++) a[i]! &= b[i]!;
      break;
    case "or":
      for (let i = 0; i < n; i++) a[i]! |= b[i]!;
      break;
    case "xor":
      for (let i = 0; i < n; i++) a[i]! ^= b[i]!;
      break;
  }
}

function combineBigInts(op: Combination, a: BigInts, b: BigInts): void {
  const apply: (x: bigint, y: bigint) => bigint = BIG[op];
  for (let i = 0; i < a.length; i++) a[i] = apply(a[i]!, b[i]!);
}

const BIG: Record<Combination, (x: bigint, y: bigint) => bigint> = {
  sum: (x, y) => x + y,
  product: (x, y) => x * y,
  // biome-ignore lint/complexity/useMathMinMax: Math.min takes no bigints
  min: (x, y) => (x < y ? x : y),
  // biome-ignore lint/complexity/useMathMinMax: Math.max takes no bigints
  max: (x, y) => (x > y ? x : y),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
};

/** The elements in `bytes`; of a copy where they do not lie at a multiple of their size. */
function viewOf(kind: number, bytes: Uint8Array): unknown {
  const size = bytesPerElement(kind);
  const { buffer, byteOffset, length } = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return viewAt({ buffer: buffer as SharedArrayBuffer }, kind, byteOffset, length / size);
}
