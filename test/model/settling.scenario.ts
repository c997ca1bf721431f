import assert from "node:assert/strict";
import { announce, Park, retract, sleep, wake } from "../../src/sched/parking.ts";
import { add, load } from "../../src/shared/atomics.ts";
import { layout, Slot, slotWord } from "../../src/shared/layout.ts";
import { following, MessageKind, post, takeAll } from "../../src/shared/mailbox.ts";
import { Obj, release, retain } from "../../src/shared/object.ts";
import { close, eachWaiter, LOST, resultOf, subscribe, writeWaiter } from "../../src/shared/waiters.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/** Whoever waits for a future hears of its end once, whenever it came to wait; of several who settle it, one does. */
const SLOTS = 4;
const memoryBytes = layout(SLOTS).cellsAddress;
const BLOCK = 1024;
const HEAD = (BLOCK >>> 2) + Obj.HEAD;
const node = (slot: number): number => 2048 + 16 * slot;
const result = (settler: number): number => 4096 + 16 * settler;
const mailbox = (slot: number): number => slotWord(slot) + Slot.MAILBOX;

const nameOf = (word: number): string | undefined => {
  if (word === HEAD) return "head";
  if (word === (BLOCK >>> 2) + Obj.REFS) return "refs";
  for (let slot = 0; slot < SLOTS; slot++) {
    if (word === slotWord(slot) + Slot.PARK) return `park${slot}`;
    if (word === mailbox(slot)) return `mailbox${slot}`;
    if (word === node(slot) >>> 2) return `next${slot}`;
  }
  return undefined;
};

interface Seen {
  result?: number;
  deliveries?: number;
  won?: boolean;
}
type Body = ThreadBody<undefined, Seen>;

/** What `closeWith` does. */
const settler = (number: number): Body => {
  return ({ i32 }) => {
    const waiters = close(i32, HEAD, result(number));
    if (waiters === LOST) return { won: false };
    eachWaiter(i32, waiters, (waiter, slot) => {
      post(i32, mailbox(slot), waiter);
      wake(i32, slot);
    });
    return { won: true };
  };
};

const waiter = (slot: number): Body => {
  return ({ i32 }) => {
    writeWaiter(i32, node(slot), MessageKind.WAKE, slot, 1);
    if (!subscribe(i32, HEAD, node(slot))) return { result: resultOf(i32, HEAD), deliveries: 1 };
    let deliveries = 0;
    while (deliveries === 0) {
      for (let it = takeAll(i32, mailbox(slot)); it !== 0; it = following(i32, it)) deliveries++;
      if (deliveries > 0) break;
      announce(i32, slot, Park.IDLE);
      if (load(i32, mailbox(slot)) !== 0) retract(i32, slot);
      else sleep(i32, slot, Park.IDLE);
    }
    return { result: resultOf(i32, HEAD), deliveries };
  };
};

const settling = (threads: Body[]) =>
  scenario<undefined, Seen>({
    memoryBytes,
    threads,
    check({ i32 }, seen) {
      assert.equal(seen.filter((it) => it.won === true).length, 1, "one settles");
      for (const it of seen) {
        if (it.won !== undefined) continue;
        assert.equal(it.deliveries, 1);
        assert.equal(it.result, resultOf(i32, HEAD));
      }
      for (let slot = 0; slot < SLOTS; slot++) assert.equal(load(i32, mailbox(slot)), 0, "nothing is delivered twice");
    },
    nameOf,
  });

export const oneWaiter = settling([settler(1), waiter(1)]);
export const twoWaiters = settling([settler(1), waiter(1), waiter(2)]);
export const twoSettlers = settling([settler(1), settler(2), waiter(1)]);
export const everybody = settling([settler(1), settler(2), waiter(1), waiter(2)]);

/** Handles that are given on and let go: one thread is the last, and nobody holds the block after it. */
const LAST = 100;
const holder = (gives: number): Body => {
  return ({ i32 }) => {
    for (let i = 0; i < gives; i++) {
      retain(i32, BLOCK);
      assert.equal(load(i32, LAST), 0, "still there");
      if (release(i32, BLOCK)) add(i32, LAST, 1);
    }
    if (release(i32, BLOCK)) add(i32, LAST, 1);
    return {};
  };
};

export const handles = scenario<undefined, Seen>({
  memoryBytes,
  setup({ i32 }) {
    i32[(BLOCK >>> 2) + Obj.REFS] = 3;
    return undefined;
  },
  threads: [holder(1), holder(0), holder(2)],
  check({ i32 }) {
    assert.equal(i32[LAST], 1);
    assert.equal(i32[(BLOCK >>> 2) + Obj.REFS], 0);
  },
  nameOf,
});
