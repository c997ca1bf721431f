import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { contradictions } from "../../src/shared/heap/check.ts";
import { Heap } from "../../src/shared/heap/heap.ts";
import { createMemory } from "../../src/shared/memory.ts";
import { withSeed } from "../../src/testing/seed.ts";
import { type StressTask, stress } from "./heap.worker.ts";

const WORDS = 64;
const TABLE = 8192;
const TABLE_LENGTH = 64;
const place = { words: WORDS, start: 65_536, end: 8_388_608 };

function setUp() {
  const mem = createMemory(place.end);
  Heap.format(mem, place);
  const task = (slot: number, rounds: number, seed: number, cacheBlocks = 128): StressTask => ({
    memory: mem.memory,
    options: { ...place, slot, cacheBlocks },
    seed,
    rounds,
    table: TABLE,
    tableLength: TABLE_LENGTH,
  });
  const freeTable = (heap: Heap) => {
    for (let i = 0; i < TABLE_LENGTH; i++) {
      const unit = Atomics.exchange(mem.i32, TABLE + i, 0);
      if (unit !== 0) heap.free(unit * 16);
    }
  };
  return { mem, task, freeTable };
}

const start = (task: StressTask) => new Worker(new URL("./heap.worker.ts", import.meta.url), { workerData: task });

test("two workers and the main thread exchange blocks without harm", async () => {
  await withSeed(async (random) => {
    const { mem, task, freeTable } = setUp();
    const workers = [1, 2].map((slot) => start(task(slot, 100_000, random.uint32(), slot === 1 ? 128 : 0)));
    await Promise.all(workers.map((worker) => once(worker, "message")));
    const ends = workers.map((worker) => once(worker, "exit"));
    const main = task(0, 50_000, random.uint32());
    stress({ ...main, options: { ...main.options, canBlock: false } });
    await Promise.all(ends);
    assert.deepEqual(contradictions(mem, WORDS), []);
    const heap = new Heap(mem, { ...place, slot: 0 });
    freeTable(heap);
    heap.flush();
    const { used, blocks, cached } = heap.usage();
    assert.deepEqual([used, blocks, cached], [0, 0, 0]);
  });
});

test("a worker terminated anywhere, also inside the allocator, does not harm the others", async () => {
  await withSeed(async (random) => {
    const { mem, task, freeTable } = setUp();
    const survivor = start(task(2, Number.POSITIVE_INFINITY, random.uint32()));
    const failure = once(survivor, "error").then(([error]) => assert.fail(error as Error));
    const heap = new Heap(mem, { ...place, slot: 0, canBlock: false });
    let leaked = 0;
    for (let round = 0; round < 12; round++) {
      const victim = start(task(1, Number.POSITIVE_INFINITY, random.uint32(), round % 2 ? 128 : 0));
      await Promise.race([once(victim, "message"), failure]);
      await Promise.race([sleep(random.below(20)), failure]);
      await victim.terminate();
      heap.recover(1);
      heap.free(heap.alloc(1000));
      leaked++;
    }
    await survivor.terminate();
    heap.recover(2);
    assert.deepEqual(contradictions(mem, WORDS), []);
    freeTable(heap);
    heap.flush();
    const { blocks, cached } = heap.usage();
    assert.equal(cached, 0);
    assert.ok(blocks <= 2 * (leaked + 1), `${blocks} blocks are left of ${leaked + 1} dead threads`);
  });
});

test("recovery takes the lock from the dead thread only", () => {
  const { mem } = setUp();
  const [heap, other] = [0, 1].map((slot) => new Heap(mem, { ...place, slot })) as [Heap, Heap];
  assert.equal(heap.recover(1), "nothing to do");
  for (const address of [other.alloc(40), other.alloc(5000)]) other.free(address);
  assert.ok(heap.usage().cached > 0);
  assert.equal(heap.recover(1), "had cached blocks");
  const { used, cached } = heap.usage();
  assert.deepEqual([used, cached], [0, 0]);
  Atomics.store(mem.i32, WORDS, 2);
  assert.equal(heap.recover(1), "held the lock");
  assert.equal(Atomics.load(mem.i32, WORDS), 0);
  assert.deepEqual(contradictions(mem, WORDS), []);
});
