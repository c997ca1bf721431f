import assert from "node:assert/strict";
import { add, load, notify, pause, store, sub, wait } from "../../src/shared/atomics.ts";
import { MessageKind } from "../../src/shared/mailbox.ts";
import { advance, ENDED, enroll, leave, phaseOf, signal, tryJoin, waitFor } from "../../src/shared/phaser.ts";
import { eachWaiter, writeWaiter } from "../../src/shared/waiters.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/**
 * A phase ends when every member that signals has signalled it, not before; whoever waits for it is woken; one thread at a time is at the
 * boundary; the record of a member that has gone is freed once.
 */
const BLOCK = 1024;
const RECORDS = 2048;
const NODES = 4096;
/** Words. */
const AT_BOUNDARY = 0;
const PUBLISHED = 1;
const TOLD = 16;
const FREED = 64;

const record = (member: number): number => RECORDS + 16 * member;
const nodeOf = (member: number, n: number): number => NODES + 16 * (16 * member + n);

const NAMES: Record<number, string> = {
  [AT_BOUNDARY]: "at boundary",
  [PUBLISHED]: "published",
  [BLOCK / 4]: "waiters",
  [BLOCK / 4 + 6]: "phase",
  [BLOCK / 4 + 7]: "pending",
  [BLOCK / 4 + 8]: "members",
};
const nameOf = (word: number): string | undefined => {
  const member = (word - RECORDS / 4) / 4;
  if (member >= 0 && member < 8) return word % 4 === 1 ? `state[${Math.floor(member)}]` : undefined;
  return word >= TOLD && word < TOLD + 32 ? `told[${(word - TOLD) / 4}]` : NAMES[word];
};

/** Waiters are woken, and records freed, only at the boundary: so these must never overlap. */
function atBoundary(i32: Int32Array, body: () => void): void {
  assert.equal(add(i32, AT_BOUNDARY, 1), 0, "two threads are at the boundary");
  body();
  sub(i32, AT_BOUNDARY, 1);
}

function carryOver(i32: Int32Array): void {
  const wake = (list: number): void =>
    eachWaiter(i32, list, (_node, member) => {
      add(i32, TOLD + 4 * member, 1);
      notify(i32, TOLD + 4 * member);
    });
  const free = (address: number): void => void i32[FREED + (address - RECORDS) / 16]!++;
  advance(
    i32,
    BLOCK,
    (list) => atBoundary(i32, () => wake(list)),
    (address) => atBoundary(i32, () => free(address)),
  );
}

/** What one member does; each of its steps checks what it may rely upon. */
class Member {
  readonly #i32: Int32Array;
  readonly #index: number;
  #signals: number;
  #waits: number;
  #nodes = 0;

  constructor(i32: Int32Array, index: number, phase = 0) {
    this.#i32 = i32;
    this.#index = index;
    this.#signals = this.#waits = phase;
  }

  signal(): void {
    assert.ok(phaseOf(this.#i32, BLOCK) <= this.#signals, `phase ${this.#signals} ended without member ${this.#index}`);
    this.#signals++;
    if (signal(this.#i32, BLOCK, record(this.#index))) carryOver(this.#i32);
  }

  next(): void {
    const phase = ++this.#waits;
    const told = this.#told();
    const outcome = this.#subscribe(phase);
    this.signal();
    if (outcome === "waiting") this.#sleep(phase, told);
  }

  wait(): void {
    const phase = ++this.#waits;
    const told = this.#told();
    if (phaseOf(this.#i32, BLOCK) < phase && this.#subscribe(phase) === "waiting") this.#sleep(phase, told);
  }

  drop(): void {
    if (leave(this.#i32, BLOCK, record(this.#index))) carryOver(this.#i32);
  }

  enroll(child: number): void {
    enroll(this.#i32, BLOCK, record(child), this.#signals);
    store(this.#i32, PUBLISHED, this.#signals + 1);
  }

  #told(): number {
    return load(this.#i32, TOLD + 4 * this.#index);
  }

  #subscribe(phase: number): string {
    const node = nodeOf(this.#index, this.#nodes++);
    writeWaiter(this.#i32, node, MessageKind.WAKE, this.#index, phase);
    return waitFor(this.#i32, BLOCK, phase, node);
  }

  /**
   * Until the phase has begun. Who subscribes right after the boundary may be woken for the phase before, and subscribes again. Nobody polls:
   * a wake-up that is lost is a deadlock.
   */
  #sleep(phase: number, told: number): void {
    for (;;) {
      wait(this.#i32, TOLD + 4 * this.#index, told);
      if (phaseOf(this.#i32, BLOCK) >= phase) return;
      told = this.#told();
      if (this.#subscribe(phase) !== "waiting") return;
    }
  }
}

type Body = ThreadBody<void, unknown>;
const member = (index: number, script: (it: Member) => void): Body => {
  return ({ i32 }) => script(new Member(i32, index));
};

/** `members` are enrolled at the beginning; all that ever signalled must have dropped out at the end. */
function phaser(members: number[], threads: Body[], everybody = members) {
  return scenario<void, unknown>({
    setup: ({ i32 }) => {
      for (const index of members) enroll(i32, BLOCK, record(index), 0);
    },
    threads,
    check({ i32 }) {
      assert.equal(phaseOf(i32, BLOCK), ENDED);
      for (const index of everybody) assert.equal(i32[FREED + index], 1, `record of member ${index}`);
    },
    nameOf,
  });
}

const rounds = (count: number) => (it: Member) => {
  for (let i = 0; i < count; i++) it.next();
  it.drop();
};

export const twoMembers = phaser([0, 1], [member(0, rounds(2)), member(1, rounds(2))]);
export const threeMembers = phaser([0, 1, 2], [member(0, rounds(1)), member(1, rounds(1)), member(2, rounds(1))]);
export const oneLeaves = phaser([0, 1, 2], [member(0, rounds(2)), member(1, rounds(2)), member(2, (it) => it.drop())]);

/** One signals and runs ahead, one only waits. */
export const producer = phaser(
  [0],
  [
    member(0, (it) => {
      it.signal();
      it.signal();
      it.drop();
    }),
    member(1, (it) => {
      it.wait();
      it.wait();
    }),
  ],
);

/** One runs ahead of another that takes part in every phase. */
export const runsAhead = phaser(
  [0, 1],
  [
    member(0, (it) => {
      it.signal();
      it.signal();
      it.signal();
      it.drop();
    }),
    member(1, rounds(2)),
  ],
);

export const splitPhase = phaser(
  [0, 1],
  [
    member(0, (it) => {
      it.signal();
      it.wait();
      it.drop();
    }),
    member(1, rounds(2)),
  ],
);

/** Joins at whatever phase it finds, or finds that the phaser has ended. */
const joins =
  (index: number): Body =>
  ({ i32 }) => {
    let phase = tryJoin(i32, BLOCK, record(index));
    while (phase === -1) {
      pause();
      phase = tryJoin(i32, BLOCK, record(index));
    }
    if (phase === ENDED) {
      i32[FREED + index] = 1;
      return;
    }
    assert.equal(phaseOf(i32, BLOCK), phase, "the phase that was joined does not wait");
    rounds(1)(new Member(i32, index, phase));
  };

export const oneJoins = phaser([0, 1], [member(0, rounds(2)), member(1, rounds(1)), joins(2)], [0, 1, 2]);
export const twoJoin = phaser([0], [member(0, rounds(2)), joins(1), joins(2)], [0, 1, 2]);

/** A member registers another before it signals. */
export const spawnsMember = phaser(
  [0, 1],
  [
    member(0, (it) => {
      it.enroll(2);
      rounds(2)(it);
    }),
    member(1, rounds(1)),
    ({ i32 }) => {
      while (load(i32, PUBLISHED) === 0) pause();
      rounds(1)(new Member(i32, 2, load(i32, PUBLISHED) - 1));
    },
  ],
  [0, 1, 2],
);
