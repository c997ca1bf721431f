import assert from "node:assert/strict";
import { add, load, pause, store, sub } from "../../src/shared/atomics.ts";
import { contradictions, liveBlocks } from "../../src/shared/heap/check.ts";
import { Heap, type HeapPlace } from "../../src/shared/heap/heap.ts";
import { Lock } from "../../src/shared/heap/lock.ts";
import { HeapWord } from "../../src/shared/heap/words.ts";
import { HEAP_WORDS } from "../../src/shared/layout.ts";
import { following, post, takeAll } from "../../src/shared/mailbox.ts";
import type { SharedMemory } from "../../src/shared/memory.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/** One thread at a time is inside the lock, and nobody who wants it sleeps for ever, also when its holder dies. */
const INSIDE = 0;
const DEAD = 1;
const BOXES = 16;
const WORDS = 256;
const LOCK = WORDS + HeapWord.LOCK;

const nameOf = (word: number): string | undefined => {
  if (word === INSIDE) return "inside";
  if (word === DEAD) return "dead";
  if (word === LOCK) return "lock";
  return word >= BOXES && word < BOXES + 4 ? `box[${word - BOXES}]` : undefined;
};

type Body = ThreadBody<void, unknown>;
const SPINS = 1;

function critical(i32: Int32Array): void {
  assert.equal(add(i32, INSIDE, 1), 0, "two threads are inside");
  sub(i32, INSIDE, 1);
}

const holder = (slot: number, rounds: number, canBlock = true): Body => {
  return ({ i32 }) => {
    const lock = new Lock(i32, LOCK, slot, canBlock, SPINS);
    for (let round = 0; round < rounds; round++) {
      lock.acquire();
      critical(i32);
      lock.release();
    }
  };
};

const free = ({ i32 }: SharedMemory): void => assert.equal(load(i32, LOCK), 0, "the lock is not free at the end");
const locking = (threads: Body[]) => scenario<void, unknown>({ threads, check: free, nameOf });

export const twoSleepers = locking([holder(1, 2), holder(2, 2)]);
export const threeSleepers = locking([holder(1, 1), holder(2, 1), holder(3, 1)]);
export const sleeperAndSpinner = locking([holder(1, 2), holder(0, 2, false)]);

/** Dies while it holds the lock. */
const dies: Body = ({ i32 }) => {
  new Lock(i32, LOCK, 1, true, SPINS).acquire();
  store(i32, DEAD, 1);
};

/** Takes the lock from the dead. */
const heir: Body = ({ i32 }) => {
  while (load(i32, DEAD) === 0) pause();
  const lock = new Lock(i32, LOCK, 0, false, SPINS);
  assert.equal(lock.takeFrom(1), true);
  critical(i32);
  lock.release();
};

export const holderDies = locking([dies, heir, holder(2, 1)]);

/** Wants the lock again and again, and takes it from the dead while it waits for it. */
const waitingHeir: Body = ({ i32 }) => {
  const lock = new Lock(i32, LOCK, 0, false, SPINS);
  lock.onWaiting = (slot) => {
    if (slot !== 1 || load(i32, DEAD) === 0 || !lock.takeFrom(slot)) return;
    critical(i32);
    lock.release();
  };
  for (let dead = 0; dead === 0; pause()) {
    dead = load(i32, DEAD);
    lock.acquire();
    critical(i32);
    lock.release();
  }
};

export const holderDiesWaitedFor = locking([dies, waitingHeir, holder(2, 1)]);

// ---- the heap behind the lock ----------------------------------------------------------------------------------------------

const place: HeapPlace = { words: WORDS, start: (WORDS + HEAP_WORDS) * 4, end: 65_536 };
const CACHED_BLOCKS = 2;
const attach = (memory: SharedMemory, slot: number): Heap =>
  new Heap(memory, { ...place, slot, cacheBlocks: CACHED_BLOCKS, spins: SPINS });

const isEmpty = (memory: SharedMemory): void => {
  assert.deepEqual(contradictions(memory, WORDS), []);
  assert.deepEqual(liveBlocks(memory, WORDS), []);
};

/** Allocates, fills, hands the block to the other, frees what comes from the other. Nothing is left, nothing overlaps. */
const trader = (slot: number, other: number, sizes: number[]): Body => {
  return (memory) => {
    const { i32 } = memory;
    const heap = attach(memory, slot);
    let received = 0;
    const receive = (): void => {
      for (let block = takeAll(i32, BOXES + slot); block !== 0; received++) {
        const next = following(i32, block);
        assert.equal(i32[block / 4 + 1], other, "a block that somebody else has written to");
        heap.free(block);
        block = next;
      }
    };
    for (const size of sizes) {
      const block = heap.alloc(size);
      i32[block / 4 + 1] = slot;
      post(i32, BOXES + other, block);
      receive();
    }
    while (received < sizes.length) {
      pause();
      receive();
    }
    heap.flush();
  };
};

const heapScenario = (threads: Body[]) =>
  scenario<void, unknown>({ setup: (memory) => Heap.format(memory, place), threads, check: isEmpty, nameOf });

export const trade = heapScenario([trader(1, 2, [16, 600]), trader(2, 1, [600, 16])]);
export const tradeSmall = heapScenario([trader(1, 2, [16, 16, 16]), trader(2, 1, [16, 16, 16])]);

/** A thread dies with blocks in its cache while another allocates. */
export const recovery = heapScenario([
  (memory) => {
    const heap = attach(memory, 1);
    heap.free(heap.alloc(16));
    store(memory.i32, DEAD, 1);
  },
  (memory) => {
    while (load(memory.i32, DEAD) === 0) pause();
    assert.equal(attach(memory, 0).recover(1), "had cached blocks");
  },
  (memory) => {
    const heap = attach(memory, 2);
    heap.free(heap.alloc(600));
  },
]);
