import assert from "node:assert/strict";
import { FunctionTable } from "../../src/shared/functions.ts";
import { contradictions, liveBlocks } from "../../src/shared/heap/check.ts";
import { Heap } from "../../src/shared/heap/heap.ts";
import { Control, HEAP_WORDS } from "../../src/shared/layout.ts";
import type { SharedMemory } from "../../src/shared/memory.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/** A function has one number, the same in all threads, whoever adds it first; none gets lost. */
const place = { words: Control.HEAP, start: (Control.HEAP + HEAP_WORDS) * 4, end: 131_072 };

const nameOf = (word: number): string | undefined => {
  if (word === Control.FUNCTIONS) return "functions";
  return word === Control.HEAP ? "lock" : undefined;
};

type Body = ThreadBody<void, Map<number, number>>;

const attach = (memory: SharedMemory, slot: number): FunctionTable =>
  new FunctionTable(memory, new Heap(memory, { ...place, slot, cacheBlocks: 0, spins: 1 }));
const entry = (order: number) => ({ url: "file:///tasks.ts", order, name: `task${order}`, hash: order });

/** Asks for the numbers of these functions; from order to number. */
const asks = (slot: number, ...orders: number[]): Body => {
  return (memory) => {
    const table = attach(memory, slot);
    const numbers = new Map(orders.map((order) => [order, table.id(entry(order))]));
    for (const [order, number] of numbers) assert.deepEqual(table.entry(number), entry(order));
    return numbers;
  };
};

function table(count: number, threads: Body[]) {
  return scenario<void, Map<number, number>>({
    memoryBytes: 131_072,
    setup: (memory) => Heap.format(memory, place),
    threads,
    check(memory, results) {
      const late = attach(memory, 0);
      assert.equal(late.refresh(), count, "entries");
      for (const numbers of results) for (const [order, number] of numbers) assert.deepEqual(late.entry(number), entry(order));
      assert.deepEqual(contradictions(memory, Control.HEAP), []);
      assert.equal(liveBlocks(memory, Control.HEAP).length, count, "blocks");
    },
    nameOf,
  });
}

export const sameFunction = table(1, [asks(1, 5), asks(2, 5), asks(3, 5)]);
export const otherFunctions = table(3, [asks(1, 1), asks(2, 2), asks(3, 3)]);
export const overlapping = table(3, [asks(1, 1, 2), asks(2, 2, 3), asks(3, 3, 1)]);
