import assert from "node:assert/strict";
import { add, load, store } from "../../../src/shared/atomics.ts";
import type { SharedMemory } from "../../../src/shared/memory.ts";
import { scenario, type ThreadBody } from "../../../src/testing/index.ts";

/** Two threads count in one word. */
const COUNT = 0;

function counting(increment: (memory: SharedMemory) => void) {
  const body: ThreadBody<undefined, void> = (memory) => increment(memory);
  return scenario<undefined, void>({
    threads: [body, body],
    check: ({ i32 }) => assert.equal(load(i32, COUNT), 2),
    nameOf: (word) => (word === COUNT ? "count" : undefined),
  });
}

export const loadThenStore = counting(({ i32 }) => store(i32, COUNT, load(i32, COUNT) + 1));
export const atomicAdd = counting(({ i32 }) => add(i32, COUNT, 1));
