import assert from "node:assert/strict";
import { BATCH_HEADER, Batch, countSoFar, entryAt, publish, take } from "../../src/place/memory/batch.ts";
import { pause } from "../../src/shared/atomics.ts";
import { following, post, takeAll } from "../../src/shared/mailbox.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/** Every entry is in one batch, whole, and those of a thread come in order: also while the batch is taken that they are written to. */
const BOX = 0;
const FIRST = 256;
const BYTES = 256;
const node = (number: number): number => FIRST + BYTES * number;
const nameOf = (word: number): string | undefined => {
  if (word === BOX) return "mailbox";
  const offset = word * 4 - FIRST;
  if (offset < 0) return undefined;
  const [number, at] = [Math.floor(offset / BYTES), offset % BYTES];
  return at === 4 * Batch.COUNT ? `count[${number}]` : at >= BATCH_HEADER ? `entry[${number}]` : undefined;
};

type Body = ThreadBody<undefined, number[]>;

/** As `Singles.operate`: one batch after the other, as far as `capacity` or until it has been taken. */
const filler = (first: number, capacity: number, values: readonly number[]): Body => {
  return ({ i32 }) => {
    let batch = first - 1;
    let count = capacity;
    for (const value of values) {
      if (count < capacity) {
        i32[entryAt(node(batch), count) >>> 2] = value;
        if (publish(i32, node(batch), count)) {
          count++;
          continue;
        }
      }
      batch++;
      i32[entryAt(node(batch), 0) >>> 2] = value;
      i32[(node(batch) >>> 2) + Batch.COUNT] = 1;
      count = 1;
      post(i32, BOX, node(batch));
    }
    return [];
  };
};

/** As `Batches`: a batch is taken when it is full, or has not grown since the last look. */
const taker = (total: number, capacity: number): Body => {
  return ({ i32 }) => {
    const values: number[] = [];
    let growing: { at: number; seen: number }[] = [];
    while (values.length < total) {
      for (let it = takeAll(i32, BOX); it !== 0; ) {
        const next = following(i32, it);
        growing.push({ at: it, seen: 0 });
        it = next;
      }
      if (growing.length === 0) pause();
      growing = growing.filter((it) => {
        const seen = countSoFar(i32, it.at);
        if (seen !== it.seen && seen < capacity) {
          it.seen = seen;
          return true;
        }
        const count = take(i32, it.at);
        for (let i = 0; i < count; i++) values.push(i32[entryAt(it.at, i) >>> 2]!);
        return false;
      });
    }
    return values;
  };
};

function arrival(capacity: number, ...fillers: (readonly number[])[]) {
  const all = fillers.flat();
  return scenario<undefined, number[]>({
    threads: [taker(all.length, capacity), ...fillers.map((values, i) => filler(10 * i, capacity, values))],
    check(_, [received]) {
      assert.deepEqual(received!.toSorted(), all.toSorted());
      for (const values of fillers) assert.deepEqual(received!.filter((it) => values.includes(it)), values); // biome-ignore format: one line
    },
    nameOf,
  });
}

export const oneThread = arrival(8, [1, 2, 3, 4]);
export const full = arrival(2, [1, 2, 3, 4, 5]);
export const twoThreads = arrival(3, [1, 2, 3], [4, 5]);
