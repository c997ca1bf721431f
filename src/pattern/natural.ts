/** The natural order of typed arrays: faster ways where bits allow them. */
import { ArrayKind, kindName, kindOf } from "../shared/array-kinds.ts";
import { generated } from "./generate.ts";
import { firstWhere, type Kernel, naturalKernel, type Run } from "./merge.ts";
import { hasDigits, radixSort } from "./radix.ts";

/** Shorter runs are sorted by the engine: counting digits would cost more. */
const FEW = 1024;

const made = new Map<number, Kernel>();

export function naturalFor(array: unknown): Kernel {
  const kind = kindOf(array);
  let kernel = made.get(kind);
  if (kernel === undefined) made.set(kind, (kernel = kernelFor(kind)));
  return kernel;
}

function kernelFor(kind: number): Kernel {
  const floats = kind === ArrayKind.FLOAT16 || kind === ArrayKind.FLOAT32 || kind === ArrayKind.FLOAT64;
  const bigints = kind === ArrayKind.BIG_INT64 || kind === ArrayKind.BIG_UINT64;
  const careful = naturalKernel(floats, kindName(kind));
  return {
    precedes: careful.precedes,
    sort(data, other, to) {
      if (data.length >= FEW && hasDigits(data)) return radixSort(view(data), view(other), view(to));
      (data as unknown as Float64Array).sort();
      if (to !== data) to.set(data);
    },
    merge: bigints ? careful.merge : bothEnds(kind, floats, careful.merge),
  };
}

const view = (run: Run): ArrayBufferView => run as unknown as ArrayBufferView;

/**
 * Merges from both ends at once, without a branch that depends on the data: two chains of work that the processor does side by
 * side. For numbers of which equal ones are the same; runs with NaN or -0 are left to `careful`.
 */
function bothEnds(kind: number, floats: boolean, careful: Kernel["merge"]): Kernel["merge"] {
  const quick = generated<(left: Run, right: Run, to: Run) => void>(
    careful,
    "both ends",
    () => ({ name: `merge_${kindName(kind)}`, parameters: ["left", "right", "to"], text: BOTH_ENDS, scope: {} }),
    () => (left, right, to) => careful(left, right, to, { list: [], base: 0 }),
  );
  return (left, right, to, keys) => {
    const m = left.length;
    if (m === 0 || right.length === 0 || (left[m - 1] as number) <= (right[0] as number)) return careful(left, right, to, keys);
    if (floats && (isSpecial(left) || isSpecial(right))) return careful(left, right, to, keys);
    quick(left, right, to);
  };
}

function isSpecial(run: Run): boolean {
  if (Number.isNaN(run[run.length - 1])) return true;
  const zero = firstWhere(0, run.length, (i) => (run[i] as number) >= 0);
  return zero < run.length && Object.is(run[zero], -0);
}

const BOTH_ENDS = `
let a = 0, b = 0, out = 0, p = left.length - 1, q = right.length - 1, end = p + q + 1;
while (a <= p && b <= q) {
  const x = left[a], y = right[b];
  to[out] = Math.min(x, y);
  out = (out + 1) | 0;
  const second = (y < x) | 0;
  b = (b + second) | 0;
  a = (a + (second ^ 1)) | 0;
  const u = left[p], v = right[q];
  to[end] = Math.max(u, v);
  end = (end - 1) | 0;
  const first = (v < u) | 0;
  p = (p - first) | 0;
  q = (q - (first ^ 1)) | 0;
}
while (a <= p) to[out++] = left[a++];
while (b <= q) to[out++] = right[b++];`;
