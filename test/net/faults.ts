/** Cases in which something goes wrong on purpose. Each has the places to itself, and ends them. */
import assert from "node:assert/strict";
import type { HeddleError } from "../../src/errors.ts";
import type { TestPlace } from "./place.ts";
import { pattern } from "./random.ts";
import type { Report } from "./report.ts";

type Fault = (t: TestPlace, report: Report) => void | Promise<void>;

/** The place that dies, or stands still. */
const VICTIM = 2;
/** The exit code of survivors. */
const SURVIVOR = 3;
/** Some looks of whoever watches for dead places, in milliseconds. */
const LOOKS = 700;

function survivors(t: TestPlace): number[] {
  return t.others.filter((it) => it !== VICTIM);
}

/** Place 2 dies while the others wait for it: they are told, what waits for it fails, and they can still talk to each other. */
const lost: Fault = (t, report) => {
  lastBarrierOf(t, VICTIM);
  const from = t.heap.alloc(100_000);
  if (t.place === VICTIM) die(t);
  const never = (): void => assert.fail("an exchange without the lost place has ended");
  const { collectives } = t.transport;
  if (t.place === 0) collectives?.exchange(new Uint8Array(8), never);
  collectives?.broadcast(VICTIM, t.memory.u8.subarray(from, from + 100_000), never);
  const transfers = [t.receiveRange(VICTIM, 1, from, 100_000), t.sendRange(VICTIM, 2, from, 100_000)];
  t.until(() => t.lost.size > 0 && transfers.every((it) => it.ended));
  assert.deepEqual([...t.lost.keys()], [VICTIM]);
  for (const error of [t.lost.get(VICTIM), ...transfers.map((it) => it.error)]) {
    assert.equal((error as HeddleError).code, "HEDDLE_PLACE_LOST");
    assert.equal((error as unknown as { place: number }).place, VICTIM);
  }
  assert.ok(t.transport.send(VICTIM, pattern(1, 10)));
  const late = t.sendRange(VICTIM, 3, from, 8);
  t.until(() => late.ended);
  assert.equal((late.error as HeddleError).code, "HEDDLE_PLACE_LOST");
  collectives?.exchange(new Uint8Array(8), never);
  t.barrier(survivors(t));
  report("lost", undefined);
  if (t.transport.name === "loopback") return;
  if (t.place !== 0) process.exit(SURVIVOR);
  // Open MPI's launcher waits for dead places on other hosts, unless the job is ended so.
  t.until(() => t.lost.size === t.others.length);
  t.transport.abort(SURVIVOR);
};

/** Place 2 stands still: what is sent to it waits, the others go on, nobody takes it for lost; afterwards all arrives. */
const frozen: Fault = async (t, report) => {
  const COUNT = 50;
  if (t.place === VICTIM) t.signal(`pid-${process.pid}`);
  t.barrier();
  if (t.place !== VICTIM) t.barrier(survivors(t)); // all have heard of it before it is stopped
  if (t.place === 0) {
    t.signal("freeze");
    t.until(() => t.hasSignal("is-frozen"));
    for (const other of survivors(t)) t.send(other, pattern(1, 10));
  } else if (t.place !== VICTIM) t.next(0);
  if (t.place !== VICTIM) {
    const from = t.heap.alloc(1 << 20);
    t.memory.u8.fill(t.place, from, from + (1 << 20));
    const transfer = t.sendRange(VICTIM, t.place, from, 1 << 20);
    const unsent = Array.from({ length: COUNT }, (_, i) => pattern(i, 2000));
    const push = () => {
      let progress = false;
      while (unsent.length > 0 && t.transport.send(VICTIM, unsent[0]!)) progress = unsent.shift() !== undefined;
      return progress;
    };
    // The others talk meanwhile; place 0 ends it.
    const until = performance.now() + LOOKS;
    for (let more = true; more; ) {
      push();
      more = t.place === 0 ? performance.now() < until : true;
      for (const other of t.place === 0 ? survivors(t) : []) t.send(other, new Uint8Array([more ? 1 : 0]));
      if (t.place !== 0) more = t.next(0)[0] === 1;
      t.barrier(survivors(t));
    }
    if (t.place === 0) t.signal("thaw");
    t.until(() => transfer.ended && unsent.length === 0, push);
    assert.equal(transfer.error, undefined);
  } else {
    for (const other of t.others) {
      for (let i = 0; i < COUNT; i++) assert.deepEqual(t.next(other), pattern(i, 2000));
      const to = t.heap.alloc(1 << 20);
      t.ended(t.receiveRange(other, other, to, 1 << 20));
      assert.ok(t.memory.u8.subarray(to, to + (1 << 20)).every((it) => it === other));
    }
  }
  t.barrier();
  assert.equal(t.lost.size, 0);
  report("frozen", undefined);
  await t.transport.close();
};

/** Place 1 ends the whole job. */
const abort: Fault = (t, report) => {
  t.barrier();
  report("abort", undefined);
  if (t.place === 1) t.transport.abort(9);
  t.until(() => false);
};

/** An uncaught error at one place, without a farewell. */
const uncaught: Fault = (t, report) => {
  lastBarrierOf(t, 1);
  if (t.place === 1) throw new Error("nobody catches this");
  t.until(() => t.lost.size > 0);
  report("uncaught", undefined);
  if (t.transport.name === "mpi") process.exit(SURVIVOR);
};

export const FAULTS: Readonly<Record<string, Fault>> = { lost, frozen, abort, uncaught };

/** A barrier after which one place dies: the others must have heard of it, so it waits for them once more. */
function lastBarrierOf(t: TestPlace, victim: number): void {
  t.mayLose = true;
  t.barrier();
  if (t.place !== victim) t.send(victim, pattern(1, 10));
  else for (const other of t.others) assert.deepEqual(t.next(other), pattern(1, 10));
}

function die(t: TestPlace): never {
  if (t.transport.name === "mpi") process.kill(process.pid, "SIGKILL");
  t.signal("kill-me");
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}
