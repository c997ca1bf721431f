import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HEAP_WORDS } from "../layout.ts";
import { createMemory } from "../memory.ts";
import { contradictions, liveBlocks } from "./check.ts";
import { Heap, type HeapOptions } from "./heap.ts";
import { CACHE_WORDS, HeapWord } from "./words.ts";

const START = 65_536;
const HEADER = 16;

function makeHeap(bytes: number, options: Partial<HeapOptions> = {}) {
  const place = { words: 64, start: START, end: START + bytes, ...options };
  const mem = createMemory(place.end);
  Heap.format(mem, place);
  const heap = new Heap(mem, { slot: 0, ...place });
  const check = () => assert.deepEqual(contradictions(mem, place.words), []);
  return { mem, heap, place, check };
}

const withCode = (code: string) => (error: unknown) => (error as { code?: string }).code === code;

test("the control words fit into what the layout gives them", () => {
  assert.ok(HeapWord.CACHES + 129 * CACHE_WORDS <= HEAP_WORDS);
});

test("smoke: blocks are aligned, apart, and as large as asked", () => {
  const { heap, mem, check } = makeHeap(1 << 20);
  const seen: [number, number][] = [];
  for (const bytes of [0, 1, 15, 16, 17, 48, 500, 512, 513, 1000, 4096, 100_000]) {
    const address = heap.alloc(bytes);
    assert.equal(address % 16, 0);
    for (const [other, size] of seen) assert.ok(address + bytes <= other || other + size <= address);
    seen.push([address, bytes]);
    mem.u8.fill(0xff, address, address + bytes);
  }
  check();
  for (const [address] of seen) heap.free(address);
  heap.flush();
  check();
  assert.deepEqual(liveBlocks(mem, 64), []);
});

test("the same thread gets a freed small block back from its cache", () => {
  const { heap } = makeHeap(1 << 20);
  const address = heap.alloc(100);
  heap.free(address);
  assert.equal(heap.alloc(100), address);
});

test("freed neighbours become one block, whatever the order", () => {
  for (const order of ["012", "021", "102", "120", "201", "210"]) {
    const { heap, check } = makeHeap(64_000, { cacheBlocks: 0 });
    const { capacity } = heap.usage();
    const blocks = [heap.alloc(1000), heap.alloc(2000), heap.alloc(3000)];
    for (const index of order) heap.free(blocks[Number(index)]!);
    check();
    heap.free(heap.alloc(capacity - HEADER));
    check();
  }
});

test("an array of the size that was just freed gets the same memory, not fresh memory", () => {
  const { heap } = makeHeap(1 << 20);
  const address = heap.alloc(100_000);
  heap.alloc(16);
  heap.free(address);
  assert.equal(heap.alloc(100_000), address);
});

describe("exhaustion", () => {
  test("is an error with a code and the figures, and leaves the heap usable", () => {
    const { heap, check } = makeHeap(100_000);
    const addresses: number[] = [];
    assert.throws(
      () => {
        for (;;) addresses.push(heap.alloc(10_000));
      },
      (error: unknown) =>
        withCode("HEDDLE_OUT_OF_MEMORY")(error) && /10,000 bytes: 9,\d\d\d of its 99,984 bytes/.test((error as Error).message),
    );
    assert.equal(addresses.length, 9);
    check();
    heap.free(addresses[4]!);
    assert.equal(heap.alloc(10_000), addresses[4]);
  });

  test("comes only after the thread's own cache has been given back", () => {
    const { heap } = makeHeap(64_000);
    const { capacity } = heap.usage();
    for (const address of Array.from({ length: 100 }, () => heap.alloc(300))) heap.free(address);
    assert.ok(heap.usage().cached > 0);
    heap.alloc(capacity - HEADER);
    assert.equal(heap.usage().free, 0);
    assert.throws(() => heap.alloc(0), withCode("HEDDLE_OUT_OF_MEMORY"));
  });

  test("sizes beyond any memory are out of memory too, and what is no size is misuse", () => {
    const { heap } = makeHeap(64_000);
    for (const bytes of [2 ** 31, 2 ** 32, 2 ** 32 + 8, 2 ** 53, Number.POSITIVE_INFINITY]) {
      assert.throws(() => heap.alloc(bytes), withCode("HEDDLE_OUT_OF_MEMORY"), `${bytes}`);
    }
    for (const bytes of [-1, Number.NaN]) assert.throws(() => heap.alloc(bytes), withCode("HEDDLE_USAGE"), `${bytes}`);
  });
});

describe("free", () => {
  for (const bytes of [48, 5000]) {
    test(`twice throws (${bytes} bytes)`, () => {
      const { heap, check } = makeHeap(1 << 20);
      const address = heap.alloc(bytes);
      heap.free(address);
      assert.throws(() => heap.free(address), withCode("HEDDLE_HEAP"));
      heap.flush();
      assert.throws(() => heap.free(address), withCode("HEDDLE_HEAP"));
      check();
    });
  }

  test("throws where no block begins", () => {
    const { heap, mem, place, check } = makeHeap(1 << 20);
    const address = heap.alloc(5000);
    const wrong = [
      0,
      16,
      -16,
      8,
      address + 16,
      address + 1,
      address + 0.5,
      Number.NaN,
      place.end,
      place.end - 16,
      2 ** 32 + address,
    ];
    for (const other of wrong) assert.throws(() => heap.free(other), withCode("HEDDLE_HEAP"), `${other}`);
    mem.i32.copyWithin(address / 4 + 40, address / 4 - 4, address / 4);
    assert.throws(() => heap.free(address + 160 + HEADER), withCode("HEDDLE_HEAP"), "a copied header");
    check();
  });

  test("of a block whose end was overrun says so and keeps the block", () => {
    const { heap, mem } = makeHeap(1 << 20);
    const address = heap.alloc(5000);
    heap.alloc(5000);
    mem.u8.fill(0xff, address, address + 5024);
    assert.throws(() => heap.free(address), /something wrote past its end/);
    assert.equal(heap.usage().blocks, 2);
  });

  test("by stamp frees that use of the block only", () => {
    const { heap } = makeHeap(1 << 20);
    const address = heap.alloc(5000);
    const stamp = heap.stampOf(address);
    heap.free(address);
    assert.equal(heap.stampOf(address), 0);
    assert.equal(heap.freeStamped(address, stamp), false);
    assert.equal(heap.alloc(5000), address);
    assert.equal(heap.freeStamped(address, stamp), false);
    assert.equal(heap.freeStamped(address, heap.stampOf(address)), true);
  });
});

test("usage adds up", () => {
  const { heap } = makeHeap(1 << 20);
  const empty = heap.usage();
  assert.deepEqual(empty, { used: 0, peak: 0, free: 1_048_560, cached: 0, blocks: 0, capacity: 1_048_560 });
  const large = heap.alloc(10_000);
  const small = heap.alloc(100);
  const full = heap.usage();
  assert.equal(full.used, 10_000 + HEADER + 112 + HEADER);
  assert.equal(full.blocks, 2);
  assert.equal(full.used + full.free, full.capacity);
  heap.free(large);
  heap.free(small);
  const after = heap.usage();
  assert.deepEqual([after.used, after.blocks, after.free], [0, 0, after.capacity]);
  assert.ok(after.cached > 0 && after.peak >= full.used);
  heap.flush();
  assert.equal(heap.usage().cached, 0);
});

describe("the whole of a 4 GiB memory", () => {
  const START_4G = 1 << 20;
  const whole = { words: 64, start: START_4G, end: 2 ** 32 };

  test("addresses from 2 GiB up", () => {
    const mem = createMemory(2 ** 32);
    Heap.format(mem, whole);
    const heap = new Heap(mem, { ...whole, slot: 128 });
    const first = heap.alloc(3 * 2 ** 30);
    const small = heap.alloc(40, true);
    const large = heap.alloc(2 ** 29, true);
    assert.ok(small >= 3 * 2 ** 30 && large >= 3 * 2 ** 30);
    new Float64Array(mem.buffer, large, 2 ** 26)[2 ** 26 - 1] = 7;
    assert.equal(mem.f64[(large + 2 ** 29) / 8 - 1], 7);
    assert.deepEqual(contradictions(mem, 64), []);
    for (const address of [first, small, large]) heap.free(address);
    assert.throws(() => heap.free(small), withCode("HEDDLE_HEAP"));
    heap.flush();
    assert.deepEqual(contradictions(mem, 64), []);
    const { capacity } = heap.usage();
    assert.equal(capacity, 2 ** 32 - START_4G - 16);
    assert.equal(heap.alloc(capacity - HEADER), START_4G + HEADER);
  });

  test("zeroed arrays of never-touched memory cost no physical memory", () => {
    const mem = createMemory(2 ** 32);
    Heap.format(mem, whole);
    const heap = new Heap(mem, { ...whole, slot: 0 });
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 7; i++) heap.alloc(2 ** 29, true);
    assert.ok(process.memoryUsage.rss() - before < 2 ** 28);
  });
});

test("attaching to memory that was formatted for another place is refused", () => {
  const { mem, place } = makeHeap(1 << 20);
  assert.throws(() => new Heap(mem, { ...place, end: place.end - 64, slot: 1 }), withCode("HEDDLE_INVARIANT"));
  assert.throws(() => new Heap(mem, { ...place, slot: 129 }), withCode("HEDDLE_INVARIANT"));
  assert.throws(() => Heap.format(mem, { words: 64, start: START, end: 2 ** 32 }), withCode("HEDDLE_USAGE"));
});

test("after a change that its thread could not finish, the next call repairs the heap", () => {
  const { heap, mem, check } = makeHeap(1 << 20);
  const kept = heap.alloc(1000);
  mem.i32[64 + HeapWord.DIRTY] = 1;
  mem.i32[64 + HeapWord.TAKEN] = -5;
  mem.i32[64 + HeapWord.ROW_BITMAP] = 0;
  const next = heap.alloc(1000);
  check();
  assert.equal(heap.usage().blocks, 2);
  heap.free(kept);
  heap.free(next);
});

test("running out of stack anywhere inside the allocator does not harm the heap", () => {
  const { heap, check } = makeHeap(1 << 22, { cacheBlocks: 4 });
  const sizes = [40, 2000, 40, 600, 40, 40, 5000, 40];
  let overflows = 0;
  let tries = 0;
  const live: number[] = [];
  const useHeap = (): void => {
    for (const bytes of sizes) live.push(heap.alloc(bytes));
    while (live.length > 0) heap.free(live.pop()!);
  };
  /** Goes down to the end of the stack, then uses the heap with a little more stack at each level on the way up. */
  const descend = (): void => {
    try {
      descend();
    } catch {
      if (tries++ > 20) return;
      try {
        useHeap();
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        overflows++;
      }
    }
  };
  const atOffset = (...words: unknown[]): void => void (words.length < 1000 && descend());
  for (let i = 0; i < 100; i++) {
    tries = 0;
    atOffset(...new Array(i));
    for (const address of live.splice(0)) heap.freeStamped(address, heap.stampOf(address));
    useHeap();
    check();
  }
  assert.ok(overflows >= 100, `${overflows}`);
  heap.flush();
  assert.ok(heap.usage().blocks <= overflows);
});
