import assert from "node:assert/strict";
import { add, exchange, load, pause, store, sub } from "../../../src/shared/atomics.ts";
import { scenario, type ThreadBody } from "../../../src/testing/index.ts";

/** Mutual exclusion, by Peterson's algorithm and by a spin lock. */
const WANTS = 0;
const TURN = 2;
const LOCK = 3;
const INSIDE = 4;
const ROUNDS = 2;
const nameOf = (word: number) => ["wants[0]", "wants[1]", "turn", "lock", "inside"][word];

type Lock = { enter(i32: Int32Array, me: number): void; leave(i32: Int32Array, me: number): void };

function exclusion({ enter, leave }: Lock) {
  const body = (me: number): ThreadBody<undefined, void> => {
    return ({ i32 }) => {
      for (let round = 0; round < ROUNDS; round++) {
        enter(i32, me);
        assert.equal(add(i32, INSIDE, 1), 0, "two threads are inside");
        sub(i32, INSIDE, 1);
        leave(i32, me);
      }
    };
  };
  return scenario<undefined, void>({ threads: [body(0), body(1)], nameOf });
}

const waitTurn = (i32: Int32Array, me: number): void => {
  while (load(i32, WANTS + 1 - me) === 1 && load(i32, TURN) === 1 - me) pause();
};

export const peterson = exclusion({
  enter(i32, me) {
    store(i32, WANTS + me, 1);
    store(i32, TURN, 1 - me);
    waitTurn(i32, me);
  },
  leave: (i32, me) => store(i32, WANTS + me, 0),
});

export const petersonWithoutTurn = exclusion({
  enter(i32, me) {
    store(i32, WANTS + me, 1);
    waitTurn(i32, me);
  },
  leave: (i32, me) => store(i32, WANTS + me, 0),
});

export const spinLock = exclusion({
  enter(i32) {
    while (exchange(i32, LOCK, 1) === 1) pause();
  },
  leave: (i32) => store(i32, LOCK, 0),
});

export const spinLockNeverLeft = exclusion({
  enter(i32) {
    while (exchange(i32, LOCK, 1) === 1) pause();
  },
  leave() {},
});
