import assert from "node:assert/strict";
import { announce, Park, retract, sleep, wake } from "../../src/sched/parking.ts";
import { add, load, pause, store } from "../../src/shared/atomics.ts";
import { layout, Slot, slotWord } from "../../src/shared/layout.ts";
import { following, Message, MessageKind, post, takeAll } from "../../src/shared/mailbox.ts";
import type { SharedMemory } from "../../src/shared/memory.ts";
import { Obj } from "../../src/shared/object.ts";
import {
  advance,
  beginStandIn,
  completion,
  ENDED,
  enlist,
  enroll,
  handOver,
  isComplete,
  leave,
  link,
  openTrunk,
  phaseOf,
  signal,
  trunkOf,
  tryJoin,
  waitFor,
} from "../../src/shared/phaser.ts";
import { writeWaiter } from "../../src/shared/waiters.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/** Phases end when all have signalled, once each; who waits hears of it; members come, go and run ahead at any time. */
const SLOTS = 4;
const memoryBytes = layout(SLOTS).cellsAddress;
const BLOCK = 1024;
const record = (i: number): number => 2048 + 16 * i;
const node = (slot: number, i: number): number => 3072 + 32 * (slot * 8 + i);
const mailbox = (slot: number): number => slotWord(slot) + Slot.MAILBOX;
/** How many signals were given for each phase, from this word on; how many boundaries were crossed. */
const SIGNALS = 2000;
const CROSSED = 1990;
const INSIDE = 1991;
const FREED = 1992;

const nameOf = (word: number): string | undefined => {
  const names: Record<number, string> = {
    [Obj.HEAD]: "head",
    [Obj.BODY]: "phase",
    [Obj.BODY + 1]: "pending",
    [Obj.BODY + 2]: "members",
    [Obj.BODY + 3]: "trunk",
  };
  const inBlock = names[word - (BLOCK >>> 2)];
  if (inBlock !== undefined) return inBlock;
  for (let i = 0; i < 8; i++) if (word === (record(i) >>> 2) + 1) return `state${i}`;
  for (let slot = 0; slot < SLOTS; slot++) {
    if (word === slotWord(slot) + Slot.PARK) return `park${slot}`;
    if (word === mailbox(slot)) return `mailbox${slot}`;
  }
  return undefined;
};

type Body = ThreadBody<undefined, unknown>;

/** What `Phaser` does at the boundary, with a look whether anybody else is there. */
function boundary(i32: Int32Array): void {
  assert.equal(add(i32, INSIDE, 1), 0, "two threads at the boundary");
  add(i32, CROSSED, 1);
  store(i32, INSIDE, 0);
  advance(i32, BLOCK, sender(i32), () => void add(i32, FREED, 1));
}

const sender = (i32: Int32Array) => {
  return (waiter: number, slot: number, kind: number): void => {
    i32[(waiter >>> 2) + Message.KIND] = kind;
    post(i32, mailbox(slot), waiter);
    wake(i32, slot);
  };
};

function give(i32: Int32Array, member: number, phase: number): void {
  add(i32, SIGNALS + phase, 1);
  if (signal(i32, BLOCK, record(member))) boundary(i32);
}

function drop(i32: Int32Array, member: number): void {
  if (leave(i32, BLOCK, record(member))) boundary(i32);
}

const ACTIONS = 2020;

/** The boundary, with an action or without. */
function boundaryWith(i32: Int32Array, action: boolean): void {
  if (!action && handOver(i32, BLOCK, sender(i32))) return;
  if (action) add(i32, ACTIONS + phaseOf(i32, BLOCK), 1);
  boundary(i32);
}

/** `next(single)`, from phase `from` on; `next()` before that. */
const acting = (slot: number, member: number, phases: number, from = 0): Body => {
  return ({ i32 }) => {
    for (let phase = 0; phase < from; phase++) {
      await_(i32, slot, phase + 1, node(slot, phase), () => {
        if (signal(i32, BLOCK, record(member))) boundaryWith(i32, false);
      });
    }
    for (let phase = from; phase < phases; phase++) {
      const waiter = node(slot, phase);
      writeWaiter(i32, waiter, MessageKind.SINGLE, slot, phase);
      assert.equal(waitFor(i32, BLOCK, phase + 1, waiter), "waiting");
      if (signal(i32, BLOCK, record(member))) boundaryWith(i32, true);
      const kind = receive(i32, slot, waiter);
      if (kind === MessageKind.SINGLE) boundaryWith(i32, true);
      assert.equal(load(i32, ACTIONS + phase), 1, "one action, before anybody goes on");
    }
    if (leave(i32, BLOCK, record(member))) boundaryWith(i32, false);
  };
};

/** Signals or drops out, without an action, and does not wait. */
const silent = (member: number, signals: number): Body => {
  return ({ i32 }) => {
    for (let i = 0; i < signals; i++) if (signal(i32, BLOCK, record(member))) boundaryWith(i32, false);
    if (leave(i32, BLOCK, record(member))) boundaryWith(i32, false);
  };
};

/** Sleeps until this waiter comes home; its kind. */
function receive(i32: Int32Array, slot: number, waiter: number): number {
  for (;;) {
    let mine = false;
    for (let it = takeAll(i32, mailbox(slot)); it !== 0; it = following(i32, it)) mine ||= it === waiter;
    if (mine) return i32[(waiter >>> 2) + Message.KIND]!;
    announce(i32, slot, Park.IDLE);
    if (load(i32, mailbox(slot)) !== 0) retract(i32, slot);
    else sleep(i32, slot, Park.IDLE);
  }
}

/** Sleeps until the phase has come, trusting the mail alone. */
function await_(i32: Int32Array, slot: number, phase: number, waiter: number, before?: () => void): void {
  writeWaiter(i32, waiter, MessageKind.WAKE, slot, phase);
  const outcome = waitFor(i32, BLOCK, phase, waiter);
  before?.();
  if (outcome === "there") return;
  receive(i32, slot, waiter);
  assert.ok(phaseOf(i32, BLOCK) >= phase, "woken too early");
}

/** `next()` of a member in mode signalWait. */
function next(i32: Int32Array, slot: number, member: number, phase: number, signallers: number): void {
  await_(i32, slot, phase + 1, node(slot, phase), () => give(i32, member, phase));
  assert.ok(load(i32, SIGNALS + phase) >= signallers, `phase ${phase} ended before all had signalled`);
}

const stepper = (slot: number, member: number, phases: number, signallers: (phase: number) => number): Body => {
  return ({ i32 }) => {
    for (let phase = 0; phase < phases; phase++) next(i32, slot, member, phase, signallers(phase));
    drop(i32, member);
  };
};

const producer = (member: number, items: number): Body => {
  return ({ i32 }) => {
    for (let phase = 0; phase < items; phase++) give(i32, member, phase);
    drop(i32, member);
  };
};

const dropper = (member: number): Body => {
  return ({ i32 }) => drop(i32, member);
};

const consumer = (slot: number, phases: number, least: (phase: number) => number): Body => {
  return ({ i32 }) => {
    for (let phase = 0; phase < phases; phase++) {
      if (phaseOf(i32, BLOCK) < phase + 1) await_(i32, slot, phase + 1, node(slot, phase));
      assert.ok(load(i32, SIGNALS + phase) >= least(phase), `phase ${phase} ended before all had signalled`);
    }
  };
};

/** Registers a child before it signals, as a task that spawns does, and is the child afterwards as well. */
const parent = (slot: number, member: number, child: number): Body => {
  return ({ i32 }) => {
    enroll(i32, BLOCK, record(child), 0);
    await_(i32, slot, 1, node(slot, 0), () => {
      give(i32, member, 0);
      give(i32, child, 0);
    });
    drop(i32, child);
    drop(i32, member);
  };
};

const joiner = (slot: number, member: number): Body => {
  return ({ i32 }) => {
    let phase = -1;
    for (; phase === -1; pause()) phase = tryJoin(i32, BLOCK, record(member));
    if (phase === ENDED) return;
    next(i32, slot, member, phase, 1);
    drop(i32, member);
  };
};

function phaser(members: number, threads: Body[], check?: (memory: SharedMemory) => void) {
  return scenario<undefined, unknown>({
    memoryBytes,
    setup({ i32 }) {
      for (let member = 0; member < members; member++) enroll(i32, BLOCK, record(member), 0);
      return undefined;
    },
    threads,
    check(memory) {
      assert.equal(phaseOf(memory.i32, BLOCK), ENDED, "all have dropped out");
      check?.(memory);
    },
    nameOf,
  });
}

export const barrier = phaser(2, [stepper(1, 0, 2, () => 2), stepper(2, 1, 2, () => 2)]);
export const threeMembers = phaser(3, [stepper(1, 0, 1, () => 3), stepper(2, 1, 1, () => 3), stepper(3, 2, 1, () => 3)]);
export const lastArrivalAndDrop = phaser(2, [stepper(1, 0, 2, () => 1), dropper(1)]);
export const lastArrivalAndRegister = phaser(2, [parent(1, 0, 2), stepper(2, 1, 1, () => 3)]);
export const registerAndDrop = phaser(2, [parent(1, 0, 2), dropper(1)]);
export const aheadOfABarrier = phaser(2, [stepper(1, 0, 3, () => 2), producer(1, 3)]);
export const twoProducers = phaser(2, [producer(0, 2), producer(1, 3), consumer(1, 2, () => 2)]);
export const unevenProducers = phaser(2, [producer(0, 1), producer(1, 3), consumer(1, 3, (phase) => (phase === 0 ? 2 : 1))]);
export const joining = phaser(1, [stepper(1, 0, 2, () => 1), joiner(2, 1)]);
export const consumerAlone = phaser(1, [dropper(0), consumer(1, 3, () => 0)]);
export const actions = phaser(2, [acting(1, 0, 2), acting(2, 1, 2)]);
export const actionsAndADropper = phaser(3, [acting(1, 0, 1), acting(2, 1, 1), silent(2, 0)]);
export const actionAndASignaller = phaser(2, [acting(1, 0, 2), silent(1, 2)]);
/** Who ends phase 0 is gone, so that whoever is left can end phase 1 while that thread is still at the boundary. */
export const actionAhead = phaser(2, [acting(1, 0, 2, 1), silent(1, 0)]);
export const actionsAhead = phaser(3, [acting(1, 0, 3, 1), acting(2, 1, 3, 1), silent(2, 0)]);

// ---- several places --------------------------------------------------------------------------------------------------

/** The slot of the communication thread, which does for the other places what their signals would do: they are always the first. */
const COMMUNICATION = 3;
const TRUNK = record(7);
/** How many looks were asked for; whether the task of a member has come, from this word on. */
const LOOKS = 1993;
const STARTED = 2040;

function askForLook(i32: Int32Array): void {
  post(i32, mailbox(COMMUNICATION), node(COMMUNICATION, add(i32, LOOKS, 1)));
  wake(i32, COMMUNICATION);
}

/** What a thread does behind its signal where other places may know the phaser: no phase ends without theirs. */
function lookAfter(i32: Int32Array, isAtBoundary: boolean): void {
  assert.equal(isAtBoundary, false, "a phase ends without the other places");
  if (isComplete(i32, BLOCK)) askForLook(i32);
}

function goThrough(i32: Int32Array, slot: number, member: number, phases: number, members: number): void {
  for (let phase = 0; phase < phases; phase++) {
    await_(i32, slot, phase + 1, node(slot, phase), () => {
      add(i32, SIGNALS + phase, 1);
      lookAfter(i32, signal(i32, BLOCK, record(member)));
    });
    assert.ok(load(i32, SIGNALS + phase) >= members, `phase ${phase} ended before all had signalled`);
  }
  lookAfter(i32, leave(i32, BLOCK, record(member)));
}

/** Opens the phaser for other places while the others go on. */
const opener = (slot: number, member: number, phases: number, members: number): Body => {
  return ({ i32 }) => {
    assert.equal(openTrunk(i32, BLOCK, TRUNK), "opened");
    askForLook(i32); // with the task that goes to another place
    goThrough(i32, slot, member, phases, members);
  };
};

/** A member of a phaser that gets known elsewhere at any time, and cannot end before. */
const known = (slot: number, member: number, phases: number, members: number): Body => {
  return ({ i32 }) => goThrough(i32, slot, member, phases, members);
};

/** A member whose task comes from another place. */
const guest = (slot: number, member: number, phases: number, members: number): Body => {
  return ({ i32 }) => {
    while (load(i32, STARTED + member) === 0) pause();
    goThrough(i32, slot, member, phases, members);
  };
};

/** Ends each phase once all members here have signalled, and the phaser once all have left. */
function serveLooks(i32: Int32Array): void {
  for (;;) {
    while (takeAll(i32, mailbox(COMMUNICATION)) === 0) {
      announce(i32, COMMUNICATION, Park.IDLE);
      if (load(i32, mailbox(COMMUNICATION)) !== 0) retract(i32, COMMUNICATION);
      else sleep(i32, COMMUNICATION, Park.IDLE);
    }
    for (let it = completion(i32, BLOCK, TRUNK); it !== null; it = completion(i32, BLOCK, TRUNK)) {
      assert.equal(trunkOf(i32, BLOCK), TRUNK);
      assert.ok(it.live ? signal(i32, BLOCK, TRUNK) : leave(i32, BLOCK, TRUNK), "the phase ends with the trunk's signal");
      boundary(i32);
      if (!it.live) return;
    }
  }
}

const communication: Body = ({ i32 }) => serveLooks(i32);

/** Members 0 and 1 come before it is known which phase it is, and after. */
const host: Body = ({ i32 }) => {
  const come = (member: number, isLinked: boolean): void => {
    assert.equal(enlist(i32, BLOCK, record(member), 0, isLinked), false);
    store(i32, STARTED + member, 1);
  };
  come(0, false);
  link(i32, BLOCK, TRUNK, 0, sender(i32));
  come(1, true);
  askForLook(i32); // as behind every link
  serveLooks(i32);
};

export const farBarrier = phaser(2, [opener(1, 0, 2, 2), known(2, 1, 2, 2), communication]);
export const farDropper = phaser(2, [opener(1, 0, 1, 1), known(2, 1, 0, 0), communication]);
export const farGuests = scenario<undefined, unknown>({
  memoryBytes,
  setup({ i32 }) {
    beginStandIn(i32, BLOCK, 1, 77);
    return undefined;
  },
  threads: [guest(1, 0, 2, 1), guest(2, 1, 1, 2), host],
  check: ({ i32 }) => assert.equal(phaseOf(i32, BLOCK), ENDED, "all have dropped out"),
  nameOf,
});
