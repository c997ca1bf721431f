import assert from "node:assert/strict";
import { add } from "../../src/shared/atomics.ts";
import { MessageKind } from "../../src/shared/mailbox.ts";
import { close, eachWaiter, LOST, resultOf, subscribe, takeWaiters, writeWaiter } from "../../src/shared/waiters.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/** Who subscribes is told once, or learns at once that the list is closed; the list is closed once, with one result. */
const HEAD = 0;
const TOLD = 16;
const NODES = 1024;
const RESULTS = 4096;

const nameOf = (word: number): string | undefined => {
  if (word === HEAD) return "head";
  return word >= TOLD && word < TOLD + 16 ? `told[${word - TOLD}]` : undefined;
};

type Body = ThreadBody<undefined, unknown>;

const subscriber = (...ids: number[]): Body => {
  return ({ i32 }) => {
    return ids.map((id) => {
      const node = NODES + 16 * id;
      writeWaiter(i32, node, MessageKind.WAKE, id, id);
      return subscribe(i32, HEAD, node) ? "waits" : resultOf(i32, HEAD);
    });
  };
};

const tell = (i32: Int32Array, list: number): void => {
  eachWaiter(i32, list, (node, slot) => {
    i32[node >>> 2] = -1; // the mailbox that it is posted to
    add(i32, TOLD + slot, 1);
  });
};

const closer = (result: number): Body => {
  return ({ i32 }) => {
    const list = close(i32, HEAD, RESULTS + 16 * result);
    if (list === LOST) return "lost";
    tell(i32, list);
    return "closed";
  };
};

/** Tells everybody who waits, and leaves the list open. */
const taker: Body = ({ i32 }) => tell(i32, takeWaiters(i32, HEAD));

function settling(subscribers: number[][], others: Body[]) {
  return scenario<undefined, unknown>({
    threads: [...subscribers.map((ids) => subscriber(...ids)), ...others],
    check({ i32 }, results) {
      assert.equal(results.filter((it) => it === "closed").length, 1);
      const result = resultOf(i32, HEAD);
      subscribers.forEach((ids, thread) => {
        ids.forEach((id, i) => {
          const outcome = (results[thread] as unknown[])[i];
          assert.equal(i32[TOLD + id], outcome === "waits" ? 1 : 0, `waiter ${id}`);
          if (outcome !== "waits") assert.equal(outcome, result);
        });
      });
    },
    nameOf,
  });
}

export const oneCloser = settling([[1, 2], [3]], [closer(1)]);
export const twoClosers = settling([[1], [2]], [closer(1), closer(2)]);

/** A list that stays open: each waiter is taken once. */
export const takenTwice = scenario<undefined, unknown>({
  threads: [subscriber(1, 2), subscriber(3), taker, taker],
  check({ i32 }) {
    tell(i32, takeWaiters(i32, HEAD));
    for (const id of [1, 2, 3]) assert.equal(i32[TOLD + id], 1, `waiter ${id}`);
  },
  nameOf,
});
