/** Merge sort as plain tasks: the sorting, the merging and the moving are all divided. */
import { CancelledError, UsageError } from "../errors.ts";
import { cancelledMeanwhile } from "../sched/appetite.ts";
import { belongToLoops } from "../sched/loop-tasks.ts";
import { ArrayKind, bytesPerElement, kindOf, viewAt } from "../shared/array-kinds.ts";
import { here } from "../task/runtime.ts";
import { task } from "../task/task.ts";
import type { Shipped } from "./body.ts";
import { compareKernel, firstWhere, type Kernel, type Keys, keyKernel, listKernel, NO_KEYS, type Run } from "./merge.ts";
import { naturalFor } from "./natural.ts";
import { asOne } from "./pieces.ts";

/** At most so many elements are sorted, or moved, by one task: about a millisecond's work. */
const SORT_SIZE = 1 << 16;
const MERGE_SIZE = 1 << 17;
/** The same where a function is called for each element or comparison. */
const CALLS_SIZE = 1 << 13;

/** One sort, as it travels. Without `compare` the order is the natural one: of the elements, or of the keys they stand for. */
interface Job {
  readonly data: Run;
  readonly other: Run;
  readonly compare: Shipped | null;
  readonly keys: Run | null;
}

function kernelOf({ data, compare, keys }: Job): Kernel {
  if (compare !== null) return compareKernel(compare);
  return keys === null ? naturalFor(data) : keyKernel();
}

const keysOf = ({ keys }: Job): Keys => (keys === null ? NO_KEYS : { list: keys, base: 0 });

function goOn(): void {
  if (cancelledMeanwhile()) throw new CancelledError("this part of the work was cancelled");
}

const middleOf = (lo: number, hi: number): number => Math.floor((lo + hi) / 2);

/** Sorts elements `lo` to `hi` - 1 of `data` into `other` or in place; both are used. */
const sortPart = task(import.meta, function sort(job: Job, lo: number, hi: number, toOther: boolean): void {
  goOn();
  const { data, other } = job;
  if (hi - lo <= (job.compare === null && job.keys === null ? SORT_SIZE : CALLS_SIZE)) {
    const part = data.subarray(lo, hi);
    const spare = other.subarray(lo, hi);
    kernelOf(job).sort(part, spare, toOther ? spare : part, keysOf(job));
    return;
  }
  const middle = middleOf(lo, hi);
  const upper = sortPart.spawn(job, middle, hi, !toOther);
  sortPart(job, lo, middle, !toOther);
  upper.join();
  mergePart(job, toOther, lo, middle, middle, hi, lo);
});

/** Merges elements `a` to `aEnd` - 1 and `b` to `bEnd` - 1 of one array into the other, from `out` on. */
const mergePart = task(
  import.meta,
  function sort(job: Job, toOther: boolean, a: number, aEnd: number, b: number, bEnd: number, out: number): void {
    goOn();
    const [from, to] = toOther ? [job.data, job.other] : [job.other, job.data];
    const kernel = kernelOf(job);
    const keys = keysOf(job);
    const length = aEnd - a + (bEnd - b);
    if (length <= (job.compare === null && job.keys === null ? MERGE_SIZE : CALLS_SIZE * 4)) {
      kernel.merge(from.subarray(a, aEnd), from.subarray(b, bEnd), to.subarray(out, out + length), keys);
      return;
    }
    let aCut: number;
    let bCut: number;
    if (aEnd - a >= bEnd - b) {
      aCut = middleOf(a, aEnd);
      bCut = firstWhere(b, bEnd, (i) => !kernel.precedes(from[i], from[aCut], keys));
    } else {
      bCut = middleOf(b, bEnd);
      aCut = firstWhere(a, aEnd, (i) => kernel.precedes(from[bCut], from[i], keys));
    }
    const upper = mergePart.spawn(job, toOther, aCut, aEnd, bCut, bEnd, out + (aCut - a) + (bCut - b));
    mergePart(job, toOther, a, aCut, b, bCut, out);
    upper.join();
  },
);

/** Runs `use` with an array on the heap in which anything may be, and frees it. */
function withScratch(kind: number, length: number, use: (scratch: Run) => void): void {
  const { heap, mem } = here();
  const address = heap.alloc(length * bytesPerElement(kind), false);
  try {
    use(viewAt(mem, kind, address, length) as unknown as Run);
  } finally {
    heap.free(address);
  }
}

/** Sorts an array of the heap in place, in its natural order or by comparing its elements. */
export const sortElements = task(import.meta, function sort(data: Run, compare: Shipped | null): void {
  withScratch(kindOf(data), data.length, (other) => {
    asOne(() => sortPart({ data, other, compare, keys: null }, 0, data.length, false));
  });
});

/** Elements `base` to `base` + `values.length` - 1 get their keys; they know their positions, which come to be sorted. */
const keyPart = task(
  import.meta,
  function sort(by: Shipped, values: ArrayLike<unknown>, base: number, keys: Run, positions: Run): void {
    goOn();
    const { length } = values;
    if (length <= CALLS_SIZE) {
      for (let i = 0; i < length; i++) {
        const key = by(values[i]);
        if (typeof key !== "number") throw notNumber(key, base + i);
        keys[base + i] = key;
        positions[base + i] = base + i;
      }
      return;
    }
    const middle = middleOf(0, length);
    const upper = keyPart.spawn(by, piece(values, middle, length), base + middle, keys, positions);
    keyPart(by, piece(values, 0, middle), base, keys, positions);
    upper.join();
  },
);

/** A part that can travel alone: of an array on the heap a view, of a list a copy. */
const piece = (values: ArrayLike<unknown>, lo: number, hi: number): ArrayLike<unknown> =>
  Array.isArray(values) ? values.slice(lo, hi) : (values as Run).subarray(lo, hi);

const notNumber = (key: unknown, i: number): UsageError =>
  new UsageError(
    `sort: by returned ${key === null ? "null" : typeof key === "object" ? "an object" : `a ${typeof key}`} for element ${i}; ` +
      "a key is a number. For other orders use compare.",
  );

/** The positions of `values` in the order of their keys, written to `positions`. */
function sortPositions(by: Shipped, values: ArrayLike<unknown>, positions: Run): void {
  const n = values.length;
  withScratch(ArrayKind.FLOAT64, n, (keys) =>
    withScratch(ArrayKind.UINT32, n, (other) =>
      asOne(() => {
        keyPart(by, values, 0, keys, positions);
        sortPart({ data: positions, other, compare: null, keys }, 0, n, false);
      }),
    ),
  );
}

/** `to[i] = from[positions[i]]`, or with `positions` null a copy. */
const movePart = task(import.meta, function sort(from: Run, positions: Run | null, to: Run, lo: number, hi: number): void {
  goOn();
  if (hi - lo <= MERGE_SIZE) {
    if (positions === null) to.subarray(lo, hi).set(from.subarray(lo, hi), 0);
    else for (let i = lo; i < hi; i++) to[i] = from[positions[i] as number];
    return;
  }
  const middle = middleOf(lo, hi);
  const upper = movePart.spawn(from, positions, to, middle, hi);
  movePart(from, positions, to, lo, middle);
  upper.join();
});

/** Sorts an array of the heap in place by the keys of its elements. */
export const sortByKey = task(import.meta, function sort(data: Run, by: Shipped): void {
  const n = data.length;
  withScratch(ArrayKind.UINT32, n, (positions) => {
    sortPositions(by, data, positions);
    withScratch(kindOf(data), n, (other) => {
      asOne(() => movePart(data, positions, other, 0, n));
      asOne(() => movePart(other, null, data, 0, n));
    });
  });
});

/** The order of a list's elements: `positions` on the heap says which goes where. */
export const orderList = task(
  import.meta,
  function sort(values: readonly unknown[], by: Shipped | null, compare: Shipped | null, positions: Run): void {
    if (by !== null) return sortPositions(by, values, positions);
    withScratch(ArrayKind.UINT32, values.length, (other) => {
      asOne(() => listPart(compare!, values, 0, positions, other, false));
    });
  },
);

/** As `sortPart`, for the positions of `values`, which begin at `base`. A half that another worker takes travels as a copy. */
const listPart = task(
  import.meta,
  function sort(compare: Shipped, values: readonly unknown[], base: number, data: Run, other: Run, toOther: boolean): void {
    goOn();
    const n = values.length;
    const kernel = listKernel(compare);
    const keys: Keys = { list: values, base };
    const part = data.subarray(base, base + n);
    const spare = other.subarray(base, base + n);
    const to = toOther ? spare : part;
    if (n <= CALLS_SIZE) {
      for (let i = 0; i < n; i++) part[i] = base + i;
      kernel.sort(part, spare, to, keys);
      return;
    }
    const middle = middleOf(0, n);
    const upper = listPart.spawn(compare, values.slice(middle), base + middle, data, other, !toOther);
    listPart(compare, values.slice(0, middle), base, data, other, !toOther);
    upper.join();
    const from = toOther ? part : spare;
    kernel.merge(from.subarray(0, middle), from.subarray(middle), to, keys);
  },
);

belongToLoops(sortElements, sortByKey, orderList, sortPart, mergePart, keyPart, movePart, listPart);
