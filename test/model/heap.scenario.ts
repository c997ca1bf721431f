import assert from "node:assert/strict";
import { add, exchange, load, notify, store, sub, wait } from "../../src/shared/atomics.ts";
import { contradictions } from "../../src/shared/heap/check.ts";
import { Heap } from "../../src/shared/heap/heap.ts";
import { Lock } from "../../src/shared/heap/lock.ts";
import { HeapWord, LOCK_CONTENDED } from "../../src/shared/heap/words.ts";
import type { SharedMemory } from "../../src/shared/memory.ts";
import { type Scenario, scenario, type ThreadBody } from "../../src/testing/index.ts";

/** The lock, and the heap under it, with all constants shrunk. */
const WORDS = 64;
const INSIDE = 8;
const DEAD = 9;
const TABLE = 16;
const place = { words: WORDS, start: 16_384, end: 32_768 };

const nameOf = (word: number): string | undefined =>
  word === WORDS
    ? "LOCK"
    : word === INSIDE
      ? "inside"
      : word === DEAD
        ? "dead"
        : word >= TABLE && word < 32
          ? `table[${word - TABLE}]`
          : undefined;

type Body = ThreadBody<undefined, void>;

const enter = (mem: SharedMemory): void => assert.equal(add(mem.i32, INSIDE, 1), 0, "two threads are inside");

function locking(slot: number, canBlock = true): Body {
  return (mem) => {
    const lock = new Lock(mem.i32, WORDS, slot, canBlock, 0);
    for (let round = 0; round < 2; round++) {
      lock.acquire();
      enter(mem);
      sub(mem.i32, INSIDE, 1);
      lock.release();
    }
  };
}

const free = (mem: SharedMemory) => assert.equal(load(mem.i32, WORDS) & ~LOCK_CONTENDED, 0);

export const twoSleepers = scenario<undefined, void>({ threads: [locking(0), locking(1)], check: free, nameOf });
export const threeSleepers = scenario<undefined, void>({ threads: [locking(0), locking(1), locking(2)], check: free, nameOf });
export const oneSpins = scenario<undefined, void>({ threads: [locking(0), locking(1, false)], check: free, nameOf });

const attach = (mem: SharedMemory, slot: number): Heap => new Heap(mem, { ...place, slot, cacheBlocks: 2, spins: 0 });

/** Allocates, signs, and swaps with what another thread has left in the table. */
function exchanging(slot: number, sizes: number[]): Body {
  return (mem) => {
    const heap = attach(mem, slot);
    for (const bytes of sizes) {
      const address = heap.alloc(bytes, true);
      const mine = mem.u8.subarray(address, address + bytes);
      assert.ok(
        mine.every((byte) => byte === 0),
        "zero",
      );
      mine.fill(bytes);
      store(mem.i32, address / 4, bytes);
      const got = exchange(mem.i32, TABLE, address);
      if (got === 0) continue;
      const length = mem.i32[got / 4]!;
      assert.ok(
        mem.u8.subarray(got + 4, got + length).every((byte) => byte === length),
        "content",
      );
      heap.free(got);
    }
    heap.flush();
  };
}

export const heapOfTwo: Scenario<undefined, void> = scenario<undefined, void>({
  setup: (mem) => void Heap.format(mem, place),
  threads: [exchanging(0, [40, 200, 40]), exchanging(1, [40, 200])],
  check(mem) {
    const left = mem.i32[TABLE]!;
    const heap = attach(mem, 2);
    heap.free(left);
    heap.flush();
    assert.deepEqual(contradictions(mem, WORDS), []);
    assert.equal(heap.usage().used, 0);
  },
  nameOf,
});

/** Thread 0 dies inside the allocator; thread 2 hears of it and recovers; thread 1 needs the heap all the while. */
export const recovery: Scenario<undefined, void> = scenario<undefined, void>({
  setup: (mem) => void Heap.format(mem, place),
  threads: [
    (mem) => {
      const heap = attach(mem, 0);
      heap.free(heap.alloc(40));
      new Lock(mem.i32, WORDS, 0, true, 0).acquire();
      mem.i32[WORDS + HeapWord.DIRTY] = 1;
      mem.i32[WORDS + HeapWord.ROW_BITMAP] = 0;
      store(mem.i32, DEAD, 1);
      notify(mem.i32, DEAD);
    },
    (mem) => {
      const heap = attach(mem, 1);
      for (let round = 0; round < 2; round++) heap.free(heap.alloc(200));
      heap.flush();
    },
    (mem) => {
      while (load(mem.i32, DEAD) === 0) wait(mem.i32, DEAD, 0);
      assert.equal(attach(mem, 2).recover(0), "held the lock");
    },
  ],
  check(mem) {
    assert.deepEqual(contradictions(mem, WORDS), []);
    const { used, cached } = attach(mem, 2).usage();
    assert.deepEqual([used, cached], [0, 0]);
  },
  nameOf,
});
