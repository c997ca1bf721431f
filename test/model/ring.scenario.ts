import assert from "node:assert/strict";
import { RETRY, RingOwner, RingThief } from "../../src/sched/ring.ts";
import { Ring } from "../../src/shared/layout.ts";
import type { SharedMemory } from "../../src/shared/memory.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/** Every item that was pushed is taken exactly once, by its owner, a thief, or whoever looks at the end. */
const RING = 64;
const yes = (): boolean => true;
type Body = ThreadBody<void, number[]>;

const nameOf = (word: number): string | undefined => {
  if (word === RING + Ring.TOP) return "top";
  if (word === RING + Ring.BOTTOM) return "bottom";
  return word >= RING + Ring.ITEMS ? `items[${word - RING - Ring.ITEMS}]` : undefined;
};

function takenOnce(capacity: number, threads: Body[], first = 0) {
  return scenario<void, number[]>({
    setup({ i32 }) {
      i32[RING + Ring.TOP] = first;
      i32[RING + Ring.BOTTOM] = first;
    },
    threads,
    check({ i32 }, results) {
      const pushed = results[0]!.filter((item) => item < 0).map((item) => -item);
      const taken = results.flat().filter((item) => item > 0);
      const thief = new RingThief(i32, RING, capacity);
      for (let item = thief.steal(yes); item > 0; item = thief.steal(yes)) taken.push(item);
      assert.deepEqual(taken.toSorted(), pushed.toSorted());
      assert.equal(thief.isEmpty(), true);
    },
    nameOf,
  });
}

/** A number pushes that item, "pop" takes one. The result has what was pushed as negative numbers, what was popped as positive. */
function owner(capacity: number, ...script: (number | "pop")[]): Body {
  return ({ i32 }: SharedMemory) => {
    const ring = new RingOwner(i32, RING, capacity);
    return script.map((step) => (step === "pop" ? ring.pop() : ring.push(step) ? -step : 0));
  };
}

function thief(capacity: number, attempts: number): Body {
  return ({ i32 }: SharedMemory) => {
    const ring = new RingThief(i32, RING, capacity);
    return Array.from({ length: attempts }, () => {
      let item = ring.steal(yes);
      while (item === RETRY) item = ring.steal(yes);
      return item;
    });
  };
}

export const lastItem = takenOnce(4, [owner(4, 1, "pop"), thief(4, 1)]);
export const pushesAndPops = takenOnce(4, [owner(4, 1, 2, 3, "pop", "pop", 4, "pop"), thief(4, 2)]);
export const twoThieves = takenOnce(4, [owner(4, 1, 2, "pop", 3, "pop"), thief(4, 2), thief(4, 1)]);
export const fullRing = takenOnce(2, [owner(2, 1, 2, 3, 4, "pop", 5), thief(2, 2), thief(2, 1)]);
export const indicesWrap = takenOnce(2, [owner(2, 1, 2, 3, "pop", 4), thief(2, 2)], 0x7fff_ffff);
