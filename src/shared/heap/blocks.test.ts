import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMemory, type SharedMemory } from "../memory.ts";
import { Blocks, listOf } from "./blocks.ts";
import { contradictions } from "./check.ts";
import { Heap } from "./heap.ts";
import { rebuild } from "./rebuild.ts";
import { Block, COLUMNS, ROWS, UNIT_WORDS } from "./words.ts";

const WORDS = 64;
const START = 65_536;

test("free lists are ordered by size, and cover every size", () => {
  const sizes = new Set<number>();
  for (let power = 0; power < 28; power++) for (const d of [-1, 0, 1, (2 ** (power - 2)) | 0]) sizes.add(2 ** power + d);
  const ordered = [...sizes].filter((n) => n > 0 && n < 2 ** 28).sort((a, b) => a - b);
  let before = 0;
  for (const size of ordered) {
    const list = listOf(size);
    assert.ok(list >= before && list < ROWS * COLUMNS, `${size} units: list ${list}`);
    before = list;
  }
  assert.equal(listOf(2 ** 28 - 1), ROWS * COLUMNS - 1);
});

type Step = { alloc: number; zero: boolean } | { free: number };

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ alloc: fc.oneof(fc.nat(600), fc.nat(20_000)), zero: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ free: fc.nat(1000) }) },
  ),
  { maxLength: 120 },
);

test("random calls: blocks never overlap, keep their content, and are zero where asked", () => {
  fc.assert(
    fc.property(steps, fc.constantFrom(0, 3, 128), (sequence: Step[], cacheBlocks) => {
      const place = { words: WORDS, start: START, end: START + 131_072 };
      const mem = createMemory(place.end);
      Heap.format(mem, place);
      const heap = new Heap(mem, { ...place, slot: 3, cacheBlocks });
      const live: { address: number; bytes: number; mark: number }[] = [];
      const intact = ({ address, bytes, mark }: (typeof live)[0]) =>
        mem.u8.subarray(address, address + bytes).every((byte) => byte === mark);

      for (const [index, step] of sequence.entries()) {
        if ("alloc" in step) {
          let address = 0;
          try {
            address = heap.alloc(step.alloc, step.zero);
          } catch (error) {
            assert.equal((error as { code: string }).code, "HEDDLE_OUT_OF_MEMORY");
            continue;
          }
          const [bytes, mark] = [step.alloc, (index % 255) + 1];
          assert.equal(address % 16, 0);
          assert.ok(address >= START + 16 && address + bytes <= place.end - 16);
          if (step.zero) assert.ok(intact({ address, bytes, mark: 0 }), "zero");
          for (const other of live) assert.ok(address + bytes <= other.address || other.address + other.bytes <= address);
          mem.u8.fill(mark, address, address + bytes);
          live.push({ address, bytes, mark });
        } else if (live.length > 0) {
          const [block] = live.splice(step.free % live.length, 1);
          assert.ok(intact(block!), "content");
          heap.free(block!.address);
        }
      }
      assert.deepEqual(contradictions(mem, WORDS), []);
      assert.equal(heap.usage().blocks, live.length);
      for (const block of live) {
        assert.ok(intact(block), "content");
        heap.free(block.address);
      }
      heap.flush();
      assert.deepEqual(contradictions(mem, WORDS), []);
      const { used, free, capacity } = heap.usage();
      assert.deepEqual([used, free], [0, capacity]);
    }),
    { numRuns: 150 },
  );
});

class Death extends Error {}

/** The memory's words as a thread sees them that dies just before its write number `fatal`. */
function mortal(i32: SharedMemory["i32"], fatal: number): SharedMemory["i32"] {
  let writes = 0;
  return new Proxy(i32, {
    get: (target, key) => Reflect.get(target, key, target),
    set(target, key, value) {
      if (writes++ === fatal) throw new Death();
      return Reflect.set(target, key, value, target);
    },
  });
}

test("whichever write a thread dies before, the heap can be rebuilt, and nobody's block is lost or given out twice", () => {
  const END = START + 16_384;
  /** Live blocks with free ones between them, so that every way of splitting and joining can be had. */
  const prepare = () => {
    const mem = createMemory(END);
    Heap.format(mem, { words: WORDS, start: START, end: END });
    const blocks = new Blocks(mem, WORDS);
    const units = [10, 3, 4, 40, 6, 7, 100, 9].map((size) => {
      const unit = blocks.take(size);
      mem.i32[unit * UNIT_WORDS + Block.STAMP] = 512 + size;
      return unit;
    });
    for (const index of [1, 3, 6]) blocks.give(units[index]!);
    return { mem, live: [0, 2, 4, 5, 7].map((index) => units[index]!) };
  };
  const freeing = [0, 1, 2, 3, 4].map((index) => (blocks: Blocks, live: number[]) => blocks.give(live[index]!));
  const taking = [3, 2, 20, 39, 101, 300].map((size) => (blocks: Blocks) => {
    const unit = blocks.take(size);
    blocks.i32[unit * UNIT_WORDS + Block.STAMP] = 512;
  });
  const repairing = [(blocks: Blocks) => rebuild(blocks)];

  let deaths = 0;
  for (const [index, change] of [...freeing, ...taking, ...repairing].entries()) {
    for (let fatal = 0; ; fatal++) {
      const { mem, live } = prepare();
      let died = false;
      try {
        change(new Blocks({ i32: mortal(mem.i32, fatal) }, WORDS), live);
      } catch (error) {
        if (!(error instanceof Death)) throw error;
        died = true;
        deaths++;
        rebuild(new Blocks(mem, WORDS));
      }
      assert.deepEqual(contradictions(mem, WORDS), [], `change ${index}, death before write ${fatal}`);

      const blocks = new Blocks(mem, WORDS);
      const kept = live.filter((unit) => mem.i32[unit * UNIT_WORDS + Block.STAMP] !== 0);
      assert.ok(kept.length >= live.length - (index < freeing.length ? 1 : 0));
      for (const unit of kept) assert.equal(blocks.give(unit), true);
      if (died || index < freeing.length) {
        assert.ok(blocks.take(END / 16 - START / 16 - 1) !== 0, "nothing leaks");
      }
      if (!died) break;
    }
  }
  assert.ok(deaths > 100, `${deaths}`);
});
