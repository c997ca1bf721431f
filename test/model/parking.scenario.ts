import { Hunting } from "../../src/sched/hunting.ts";
import { announce, Park, retract, sleep, sleepAsync, wake, wakeIdle } from "../../src/sched/parking.ts";
import { RETRY, RingOwner, RingThief } from "../../src/sched/ring.ts";
import { add, load, pause, store } from "../../src/shared/atomics.ts";
import { Control, layout, ringWord, Slot, slotWord } from "../../src/shared/layout.ts";
import { following, post, takeAll } from "../../src/shared/mailbox.ts";
import type { SharedMemory } from "../../src/shared/memory.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/**
 * Who announces sleep, looks once more and then sleeps misses nothing, as long as the others put the work down before they look who sleeps.
 * A wake-up that is lost leaves everybody waiting.
 */
const SLOTS = 4;
const memoryBytes = layout(SLOTS).cellsAddress;
const MESSAGES = 1024;
const TAKEN = 512;

const nameOf = (word: number): string | undefined => {
  if (word === Control.STOP) return "stop";
  if (word === TAKEN) return "taken";
  for (let slot = 0; slot < SLOTS; slot++) {
    const offset = word - slotWord(slot);
    const names: Record<number, string> = {
      [Slot.PARK]: "park",
      [Slot.MAILBOX]: "mailbox",
      [ringWord(slot, 1) - slotWord(slot)]: "top",
      [ringWord(slot, 1) - slotWord(slot) + 16]: "bottom",
    };
    if (names[offset] !== undefined) return `${names[offset]}${slot}`;
  }
  return undefined;
};

type Body = ThreadBody<undefined, unknown>;
const mailbox = (slot: number): number => slotWord(slot) + Slot.MAILBOX;

function receive(i32: Int32Array, slot: number): number {
  let count = 0;
  for (let node = takeAll(i32, mailbox(slot)); node !== 0; node = following(i32, node)) count++;
  return count;
}

const sendTo = (slot: number, ...messages: number[]): Body => {
  return ({ i32 }) => {
    for (const message of messages) {
      post(i32, mailbox(slot), MESSAGES + 16 * message);
      wake(i32, slot);
    }
  };
};

/** Falls asleep as long as `count` messages have not come. */
const receiver = (slot: number, count: number, kind: number, timeout?: number): Body => {
  return ({ i32 }) => {
    for (let got = receive(i32, slot); got < count; got += receive(i32, slot)) {
      announce(i32, slot, kind);
      if (load(i32, mailbox(slot)) !== 0) retract(i32, slot);
      else sleep(i32, slot, kind, timeout);
    }
  };
};

const asyncReceiver = (slot: number, count: number): Body => {
  return async ({ i32 }) => {
    for (let got = receive(i32, slot); got < count; got += receive(i32, slot)) {
      announce(i32, slot, Park.IDLE);
      if (load(i32, mailbox(slot)) !== 0) retract(i32, slot);
      else await sleepAsync(i32, slot, Park.IDLE);
    }
  };
};

const mail = (threads: Body[]) => scenario<undefined, unknown>({ memoryBytes, threads, nameOf });

export const mailToIdle = mail([receiver(1, 2, Park.IDLE), sendTo(1, 1), sendTo(1, 2)]);
export const mailToNested = mail([receiver(1, 3, Park.NESTED), sendTo(1, 1, 2), sendTo(1, 3)]);
export const mailToAsync = mail([asyncReceiver(0, 3), sendTo(0, 1, 2), sendTo(0, 3)]);
export const mailWithTimeLimit = mail([receiver(1, 2, Park.NESTED, 10), sendTo(1, 1, 2)]);

/** Looks for work in the ring of slot 1 until told to stop, asleep in between. */
const worker = (slot: number): Body => {
  return ({ i32 }: SharedMemory) => {
    const thief = new RingThief(i32, ringWord(1, 1));
    while (load(i32, Control.STOP) === 0) {
      const item = thief.steal(() => true);
      if (item > 0) add(i32, TAKEN, 1);
      if (item > 0 || item === RETRY) continue;
      announce(i32, slot, Park.IDLE);
      if (load(i32, Control.STOP) !== 0 || !thief.isEmpty()) retract(i32, slot);
      else sleep(i32, slot, Park.IDLE);
    }
  };
};

/** Pushes, waking somebody each time; stops the others when they have taken everything. */
const boss = (count: number): Body => {
  return ({ i32 }: SharedMemory) => {
    const ring = new RingOwner(i32, ringWord(1, 1));
    for (let item = 1; item <= count; item++) {
      ring.push(item);
      wakeIdle(i32, SLOTS, 1);
    }
    while (load(i32, TAKEN) < count) pause();
    store(i32, Control.STOP, 1);
    for (let slot = 1; slot < SLOTS; slot++) wake(i32, slot);
  };
};

export const oneWorker = mail([boss(2), worker(2)]);
export const twoWorkers = mail([boss(2), worker(2), worker(3)]);
export const lastSlot = mail([boss(1), worker(SLOTS - 1)]);

/** A stack that waits in slot 2, where all that lies in the ring of slot 1 descends from it: runs that, and sleeps in between. */
const stack: Body = (memory) => {
  const { i32 } = memory;
  const hunting = new Hunting(memory, 2, SLOTS, SLOTS);
  while (load(i32, Control.STOP) === 0) {
    const cell = hunting.steal(() => true, 1) || hunting.announceNested(() => true);
    if (cell !== 0) add(i32, TAKEN, 1);
    else if (load(i32, Control.STOP) !== 0) retract(i32, 2);
    else sleep(i32, 2, Park.NESTED);
  }
};

/** Spawns what the stack waits for, waking it each time; what it has spawned has to run elsewhere. */
const descendant = (count: number): Body => {
  return ({ i32 }) => {
    const ring = new RingOwner(i32, ringWord(1, 1));
    for (let item = 1; item <= count; item++) {
      ring.push(4 * (MESSAGES + 16 * item));
      wake(i32, 2);
    }
    while (load(i32, TAKEN) < count) pause();
    store(i32, Control.STOP, 1);
    wake(i32, 2);
  };
};

export const waitingStack = mail([descendant(2), stack]);
