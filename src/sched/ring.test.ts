import assert from "node:assert/strict";
import { test } from "node:test";
import { CELLS_PER_SLOT, RING_CAPACITY, Ring } from "../shared/layout.ts";
import { EMPTY, REFUSED, RingOwner, RingThief } from "./ring.ts";

const CAPACITY = 4;
const yes = (): boolean => true;

function ringAt(first: number) {
  const i32 = new Int32Array(new SharedArrayBuffer((Ring.ITEMS + CAPACITY) * 4));
  i32[Ring.TOP] = i32[Ring.BOTTOM] = first;
  return { owner: new RingOwner(i32, 0, CAPACITY), thief: new RingThief(i32, 0, CAPACITY) };
}

for (const first of [0, 0x7fff_fffe, -2]) {
  test(`oldest to thieves, newest to the owner, full at its capacity, from index ${first >>> 0}`, () => {
    const { owner, thief } = ringAt(first);
    for (let round = 0; round < 3; round++) {
      for (let cell = 1; cell <= CAPACITY; cell++) assert.equal(owner.push(16 * cell), true);
      assert.equal(owner.push(999), false);
      assert.equal(owner.size(), CAPACITY);
      assert.equal(thief.looksEmpty(), false);
      assert.equal(thief.steal(yes), 16);
      assert.equal(owner.peek(), 64);
      assert.equal(owner.pop(), 64);
      assert.equal(thief.steal(yes), 32);
      assert.equal(owner.pop(), 48);
      assert.equal(owner.pop(), 0);
      assert.equal(owner.peek(), 0);
      assert.equal(thief.steal(yes), EMPTY);
      assert.deepEqual([owner.size(), thief.isEmpty(), thief.looksEmpty()], [0, true, true]);
    }
  });
}

test("a thief that does not want the oldest cell leaves it where it is", () => {
  const { owner, thief } = ringAt(0);
  owner.push(16);
  owner.push(32);
  assert.equal(
    thief.steal((cell) => cell !== 16),
    REFUSED,
  );
  assert.equal(owner.size(), 2);
  assert.equal(thief.steal(yes), 16);
});

test("a ring has room for every cell of its slot", () => {
  assert.ok(RING_CAPACITY >= CELLS_PER_SLOT);
});
