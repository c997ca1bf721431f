import assert from "node:assert/strict";
import { compareExchange, load, store } from "../../../src/shared/atomics.ts";
import type { SharedMemory } from "../../../src/shared/memory.ts";
import { scenario } from "../../../src/testing/index.ts";

/**
 * Treiber's stack of the nodes 1, 2 and 3. The naive pop compares only the node, so that a node that was popped and pushed again in
 * between goes unnoticed, with an outdated successor (ABA). The right one counts the changes in the upper bits of the head.
 */
const HEAD = 0;
const NEXT = 16;
const NODE_BITS = 0xff;
const nameOf = (word: number) => (word === HEAD ? "head" : word > NEXT ? `next[${word - NEXT}]` : undefined);

type Step = 0 | 0x100;

function push(i32: Int32Array, node: number, step: Step): void {
  for (;;) {
    const head = load(i32, HEAD);
    store(i32, NEXT + node, head & NODE_BITS);
    if (compareExchange(i32, HEAD, head, (head & ~NODE_BITS) + step + node) === head) return;
  }
}

function pop(i32: Int32Array, step: Step): number {
  for (;;) {
    const head = load(i32, HEAD);
    const node = head & NODE_BITS;
    if (node === 0) return 0;
    const next = load(i32, NEXT + node);
    if (compareExchange(i32, HEAD, head, (head & ~NODE_BITS) + step + next) === head) return node;
  }
}

function stack(step: Step) {
  return scenario<void, number[]>({
    setup: ({ i32 }: SharedMemory) => {
      for (const node of [3, 2, 1]) push(i32, node, step);
    },
    threads: [
      ({ i32 }) => [pop(i32, step)],
      ({ i32 }) => {
        const first = pop(i32, step);
        const second = pop(i32, step);
        if (first !== 0) push(i32, first, step);
        return [second];
      },
    ],
    check({ i32 }, results) {
      const nodes = results.flat().filter((node) => node !== 0);
      for (let node = pop(i32, step); node !== 0; node = pop(i32, step)) {
        nodes.push(node);
        assert.ok(nodes.length <= 3, `more nodes than there are: ${nodes}`);
      }
      assert.deepEqual(nodes.toSorted(), [1, 2, 3]);
    },
    nameOf,
  });
}

export const naive = stack(0);
export const tagged = stack(0x100);
