import assert from "node:assert/strict";
import {
  CancelledError,
  type Future,
  finish,
  type HeddlePromise,
  type Phaser,
  phaser,
  promise,
  signal,
  type Task,
  task,
} from "../../src/index.ts";
import { getPlatform, setPlatform } from "../../src/platform/platform.ts";
import { attachHeap } from "../../src/sched/attach.ts";
import { Client } from "../../src/sched/client.ts";
import type { SpawnOptions } from "../../src/sched/definition.ts";
import { setHere, workerHere } from "../../src/sched/here.ts";
import { Imports } from "../../src/sched/imports.ts";
import { wake } from "../../src/sched/parking.ts";
import type { Port } from "../../src/sched/port.ts";
import { definitionOf } from "../../src/sched/registry.ts";
import { RingThief } from "../../src/sched/ring.ts";
import { Station } from "../../src/sched/station.ts";
import { attachPort } from "../../src/sched/thread.ts";
import { WorkerPort } from "../../src/sched/worker.ts";
import { add, load, pause, store } from "../../src/shared/atomics.ts";
import { Cell, CellState, cellWord, firstCell } from "../../src/shared/cell.ts";
import { contradictions, liveBlocks } from "../../src/shared/heap/check.ts";
import { Heap } from "../../src/shared/heap/heap.ts";
import { CELL_BYTES, CELLS_PER_SLOT, Control, layout, RINGS, ringWord, Slot, slotWord } from "../../src/shared/layout.ts";
import type { SharedMemory } from "../../src/shared/memory.ts";
import { askByMail } from "../../src/stuck/ask.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/** The whole runtime: the thread that spawns, and workers that promote, steal, join and park. Every result is right, nothing is left over. */
const memoryBytes = 131_072;
const MOST_SLOTS = 3;

// ---- the surroundings: an event loop in which nothing happens but wake-ups -----------------------------------------------------

setPlatform({
  ...getPlatform(),
  macrotask: () => Promise.resolve(),
  hasPendingEvents: () => false,
  events: () => [],
  keepAlive: () => ({ ref() {}, unref() {} }),
  unhandled(error) {
    throw error;
  },
});

function formatHeap(memory: SharedMemory, slots: number): void {
  Heap.format(memory, { words: Control.HEAP, start: layout(slots).heapStart, end: memoryBytes });
}

type Body = ThreadBody<void, unknown>;
type Spawn = (task: object, args: unknown[], options?: SpawnOptions) => Future<unknown>;
type Program = (spawn: Spawn, it: Client) => Promise<unknown>;

const client = (slots: number, program: Program): Body => {
  return async (memory) => {
    const { map, heap } = attachHeap(memory, slots, 0, true);
    const it = new Client((port: Port) => {
      const station: Station = new Station(memory, map, 0, heap, port, (id) => Imports.known(station.functions, id));
      return station;
    }, slots);
    const result = await program((task, args, options) => it.spawn(definitionOf(task)!, args, options ?? null, null), it);
    await it.whenQuiet();
    heap.flush();
    store(memory.i32, Control.STOP, 1);
    for (let slot = 1; slot < slots; slot++) wake(memory.i32, slot);
    return result;
  };
};

const worker = (slot: number, slots: number): Body => {
  return async (memory) => {
    const port = new WorkerPort({ memory: memory.memory, slot, slots, runtime: "model" });
    attachPort(port, memory.i32);
    setHere(port.station);
    await port.run();
    port.station.heap.flush();
  };
};

function nothingLeft(memory: SharedMemory, slots: number, handles: boolean): void {
  const { i32 } = memory;
  for (let slot = 0; slot < slots; slot++) {
    for (let i = 0; i < CELLS_PER_SLOT; i++) {
      const cell = firstCell(layout(slots), slot) + i * CELL_BYTES;
      assert.equal(i32[cellWord(cell) + Cell.STATE], CellState.FREE, `cell ${i} of slot ${slot}`);
    }
    for (let priority = 0; priority < RINGS; priority++) {
      assert.ok(new RingThief(i32, ringWord(slot, priority)).isEmpty(), `ring ${priority} of slot ${slot}`);
    }
    if (!handles) assert.equal(i32[slotWord(slot) + Slot.MAILBOX], 0, `mailbox of slot ${slot}`);
  }
  assert.deepEqual(contradictions(memory, Control.HEAP), []);
  if (handles) return;
  const functions = countFunctions(i32);
  assert.equal(liveBlocks(memory, Control.HEAP).length, functions, "blocks besides the table of functions");
}

function countFunctions(i32: Int32Array): number {
  let count = 0;
  for (let entry = i32[Control.FUNCTIONS]!; entry !== 0; entry = i32[entry >>> 2]!) count++;
  return count;
}

const nameOf = (word: number): string | undefined => {
  for (const [name, index] of Object.entries(Control)) if (index === word && name !== "HEAP") return name;
  for (let slot = 0; slot < MOST_SLOTS; slot++) {
    const offset = word - slotWord(slot);
    for (const [name, index] of Object.entries(Slot)) if (index === offset && name !== "RINGS") return `${name}@${slot}`;
    for (let priority = 0; priority < RINGS; priority++) {
      if (word === ringWord(slot, priority)) return `TOP${priority}@${slot}`;
      if (word === ringWord(slot, priority) + 16) return `BOTTOM${priority}@${slot}`;
    }
  }
  return undefined;
};

interface Shape {
  readonly workers?: number;
  /**
   * What may be left at the end. Handles on futures keep blocks of the heap until the collector has run, which it does not here, and nobody waits
   * for their mail. Cancelled tasks may still be on their way.
   */
  readonly left?: "nothing" | "handles" | "cancelled tasks";
  readonly atEnd?: (memory: SharedMemory) => void;
}

function runtime(expected: unknown, program: Program, { workers = 2, left = "nothing", atEnd }: Shape = {}) {
  const slots = workers + 1;
  return scenario<void, unknown>({
    memoryBytes,
    setup: (memory) => formatHeap(memory, slots),
    threads: [client(slots, program), ...Array.from({ length: workers }, (_, i) => worker(i + 1, slots))],
    check(memory, [result]) {
      assert.deepEqual(result, expected);
      atEnd?.(memory);
      if (left !== "cancelled tasks") nothingLeft(memory, slots, left === "handles");
    },
    nameOf,
  });
}

// ---- programs --------------------------------------------------------------------------------------------------------------

const fib: Task<(n: number) => number> = task(import.meta, function fibOf(n: number): number {
  if (n < 2) return n;
  const left = fib.spawn(n - 1);
  return fib(n - 2) + left.join();
});

const double = task(import.meta, function double(n: number): number {
  return 2 * n;
});

const fails = task(import.meta, function fails(n: number): number {
  if (n > 0) throw new RangeError(`no ${n}`);
  return n;
});

const sumOfChildren = task(import.meta, function* sumOfChildren(n: number): Generator<Future<number>, number, unknown> {
  const futures = Array.from({ length: n }, (_, i) => double.spawn(i));
  let sum = 0;
  for (const future of futures) sum += yield* future;
  return sum;
});

/** Spawns a tree that nobody joins: only a finish scope hears of its end. */
const scatter: Task<(depth: number) => void> = task(import.meta, function scatterFrom(depth: number): void {
  if (depth === 0) return;
  scatter.spawn(depth - 1);
  scatter.spawn(depth - 1);
});

const scoped = task(import.meta, function scoped(depth: number): string {
  finish(() => void scatter.spawn(depth));
  return "all ended";
});

const failingScope = task(import.meta, function failingScope(n: number): string {
  try {
    finish(() => {
      for (let i = 0; i <= n; i++) fails.spawn(i);
    });
    return "nothing failed";
  } catch (error) {
    return (error as Error).message;
  }
});

const yieldsScope = task(import.meta, function* yieldsScope(depth: number): Generator<Future<string>, string, unknown> {
  return yield* finish(function* () {
    scatter.spawn(depth);
    yield* double.spawn(1);
    return "all ended";
  });
});

/** What is cancelled still belongs to the scope, which ends when nothing of it runs any more. */
const cancelsPart = task(import.meta, function cancelsPart(depth: number): string {
  finish(() => {
    const unwanted = scatter.spawn(depth);
    double.spawn(1);
    unwanted.cancel();
  });
  return "all ended";
});

const puts = task(import.meta, function putsValue(target: HeddlePromise<number>, value: number): string {
  try {
    target.put(value);
    return "put";
  } catch (error) {
    return (error as { code: string }).code;
  }
});

const reads = task(import.meta, function* readsValue(source: Future<number>): Generator<Future<number>, number, unknown> {
  return yield* source;
});

/** One task puts, one reads, each perhaps on another worker than the one that made the promise. */
const promises = task(import.meta, function* promisesValue(value: number): Generator<Future<unknown>, unknown[], unknown> {
  const target = promise<number>();
  const reader = reads.spawn(target.future);
  const put = puts.spawn(target, value);
  return [yield* put, yield* reader, yield* target.future];
});

const putsTwice = task(import.meta, function* putsTwiceValue(): Generator<Future<unknown>, unknown[], unknown> {
  const target = promise<number>();
  const first = puts.spawn(target, 1);
  const second = puts.spawn(target, 2);
  const outcomes = [yield* first, yield* second] as string[];
  return [outcomes.toSorted(), (yield* target.future) === (outcomes[0] === "put" ? 1 : 2)];
});

/** A task's future is given to another task before it is there. */
const handsOn = task(import.meta, function* handsOnValue(): Generator<Future<unknown>, unknown, unknown> {
  const source = double.spawn(4);
  const reader = reads.spawn(source);
  const other = reads.spawn(source);
  return [yield* reader, yield* other];
});

const cancelsHandle = task(import.meta, function* cancelsHandleValue(): Generator<Future<unknown>, string, unknown> {
  const { future } = promise<number>();
  const reader = reads.spawn(future);
  future.cancel();
  try {
    yield* reader;
    return "read";
  } catch (error) {
    return (error as { code: string }).code;
  }
});

const member = task(import.meta, function* memberOf(ph: Phaser, rounds: number, split: boolean): Generator<
  Future<number>,
  number,
  unknown
> {
  for (let i = 0; i < rounds; i++) {
    if (split) ph.signal();
    yield* split ? ph.wait() : ph.next();
  }
  return ph.phase;
});

/** Two members meet; one of them signals and waits apart, so that it may begin the next phase before all have been woken. */
const meets = task(import.meta, function* meetsAt(rounds: number): Generator<Future<number>, string, unknown> {
  const ph = phaser();
  const members = [true, false].map((split) => member.with({ phased: [ph] }).spawn(ph, rounds, split));
  ph.drop();
  for (const it of members) yield* it;
  return "met";
});

const COUNT = 41;
const acts = task(import.meta, function* actsAt(ph: Phaser, rounds: number): Generator<Future<number>, void, unknown> {
  const { i32 } = workerHere()!.mem;
  for (let i = 0; i < rounds; i++) yield* ph.next(() => void add(i32, COUNT, 1));
});

/** The action runs once at each boundary. */
const actions = task(import.meta, function* actionsAt(rounds: number): Generator<Future<void>, number, unknown> {
  const ph = phaser();
  const members = [0, 1].map(() => acts.with({ phased: [ph] }).spawn(ph, rounds));
  ph.drop();
  for (const it of members) yield* it;
  return load(workerHere()!.mem.i32, COUNT);
});

const actsLate = task(import.meta, function* actsLateAt(ph: Phaser): Generator<Future<number>, void, unknown> {
  const { i32 } = workerHere()!.mem;
  yield* ph.next();
  yield* ph.next(() => void add(i32, COUNT, 1));
});

/** Who ends the phase before has dropped out, so that all who are left may signal the next one while it is still at the boundary. */
const lateActions = task(import.meta, function* lateActionsAt(): Generator<Future<void>, number, unknown> {
  const ph = phaser();
  const members = [0, 1].map(() => actsLate.with({ phased: [ph], affinity: 0 }).spawn(ph));
  ph.drop();
  for (const it of members) yield* it;
  return load(workerHere()!.mem.i32, COUNT);
});

const all = Promise.all.bind(Promise);

export const oneTask = runtime(42, (spawn) => spawn(double, [21]), { workers: 1 });
export const oneByOne = runtime([2, 4], async (spawn) => [await spawn(double, [1]), await spawn(double, [2])]);
export const backlog = runtime([0, 2, 4, 6, 8, 10, 12], (spawn) => all([0, 1, 2, 3, 4, 5, 6].map((n) => spawn(double, [n]))));
export const affinity = runtime([2, 4, 3], (spawn) =>
  all([spawn(double, [1], { affinity: 0 }), spawn(double, [2], { affinity: 1 }), spawn(fib, [4], { affinity: 0 })]),
);
export const priorities = runtime([2, 4, 1], (spawn) =>
  all([spawn(double, [1], { priority: "low" }), spawn(double, [2], { priority: "high" }), spawn(fib, [2])]),
);
export const joinsTwice = runtime([3, 2], (spawn) => all([spawn(fib, [4]), spawn(fib, [3])]));
export const generator = runtime(6, (spawn) => spawn(sumOfChildren, [3]));
export const finishScope = runtime("all ended", (spawn) => spawn(scoped, [2]));
export const finishScopes = runtime(["all ended", "all ended"], (spawn) => all([spawn(scoped, [2]), spawn(scoped, [1])]));
export const finishInGenerator = runtime("all ended", (spawn) => spawn(yieldsScope, [2]));
export const failure = runtime(["no 7", 0], async (spawn) => {
  const failed = spawn(fails, [7]).catch((error) => (error as Error).message);
  return [await failed, await spawn(fails, [0])];
});
export const failureInScope = runtime("no 1", (spawn) => spawn(failingScope, [1]));
export const cancelledByClient = runtime(
  ["cancelled", 4],
  async (spawn) => {
    const unwanted = spawn(double, [3]);
    const outcome = unwanted.then(
      () => "cancelled",
      (error) => (error instanceof CancelledError ? "cancelled" : error),
    );
    const wanted = spawn(double, [2]);
    unwanted.cancel();
    return all([outcome, wanted]);
  },
  { left: "cancelled tasks" },
);
export const cancelledInScope = runtime("all ended", (spawn) => spawn(cancelsPart, [2]));

const FLAG = 40;

/** A long task: ends only when the other has run. */
const long = task(import.meta, function longTask(): string {
  const { i32 } = workerHere()!.mem;
  while (load(i32, FLAG) === 0) pause();
  return "seen";
});

const raise = task(import.meta, function raiseFlag(): string {
  const { i32 } = workerHere()!.mem;
  store(i32, FLAG, 1);
  return "raised";
});

/** While one worker is busy, another takes what lies in a ring. */
export const nobodyIdles = runtime(["raised", "seen"], (spawn) => all([spawn(raise, []), spawn(long, [], { affinity: 0 })]));
export const nobodyIdlesReversed = runtime(["seen", "raised"], (spawn) =>
  all([spawn(long, [], { affinity: 0 }), spawn(raise, [])]),
);
export const nobodyIdlesLow = runtime(["seen", "raised"], (spawn) =>
  all([spawn(long, []), spawn(raise, [], { priority: "low" })]),
);

/** Spawns until somebody else has run one of its children: so they must have been promoted, and somebody woken for them. */
const feeds = task(import.meta, function feedsOthers(): string {
  const { i32 } = workerHere()!.mem;
  finish(() => {
    while (load(i32, FLAG) === 0) {
      raise.spawn();
      pause();
    }
  });
  return "fed";
});

const plus = task(import.meta, (a: number, b: number): number => a + b);
const lattice = task(import.meta, (steps: number): number =>
  finish(() => {
    let [left, right] = [plus.spawn(0, 1), plus.spawn(1, 1)];
    for (let step = 1; step < steps; step++) [left, right] = [plus.after(left, right), plus.after(right, left)];
    return plus.after(left, right);
  }).join(),
);

/** Each step's tasks wait for both of the step before: results come home from other workers, and what they set free goes out again. */
export const dataflow = runtime(12, (spawn) => spawn(lattice, [3]));

export const promotion = runtime("fed", (spawn) => spawn(feeds, []));

const BEGUN = 42;
const begins = task(import.meta, function beginsSeen(): void {
  const { i32 } = workerHere()!.mem;
  while (load(i32, BEGUN) === 0) pause();
});

const suspends = task(import.meta, function* suspendsForEver(): Generator<Future<number>, void, unknown> {
  const { i32 } = workerHere()!.mem;
  try {
    store(i32, BEGUN, 1);
    yield* promise<number>().future;
  } finally {
    store(i32, FLAG, 1);
  }
});

const spins = task(import.meta, function spinsUntilCancelled(): void {
  store(workerHere()!.mem.i32, BEGUN, 1);
  while (!signal().aborted) pause();
  store(workerHere()!.mem.i32, FLAG, 1);
});

/** A task that another worker has begun hears of its cancellation: asleep, or when it next looks. */
const cancelledElsewhere = (what: object) =>
  runtime(
    "seen",
    async (spawn) => {
      const unwanted = spawn(what, [], { affinity: 0 });
      unwanted.catch(() => {});
      await spawn(begins, [], { affinity: 1 });
      unwanted.cancel();
      return spawn(long, [], { affinity: 1 });
    },
    { left: "cancelled tasks" },
  );
export const cancelledAsleep = cancelledElsewhere(suspends);
export const cancelledRunning = cancelledElsewhere(spins);
/** Counts its end, and leaves two of its kind that nobody waits for. */
const leaves: Task<(depth: number) => string> = task(import.meta, function leavesTasks(depth: number): string {
  if (depth > 0) for (let i = 0; i < 2; i++) leaves.spawn(depth - 1);
  add(workerHere()!.mem.i32, FLAG, 1);
  return "left";
});
const DETACHED: Shape = { atEnd: (memory) => assert.equal(memory.i32[FLAG], 7, "tasks that ended before the client was quiet") };
export const detached = runtime("left", (spawn) => spawn(leaves, [2]), DETACHED);

const HANDLES = { left: "handles" } as const;
export const promiseBetweenTasks = runtime(["put", 5, 5], (spawn) => spawn(promises, [5]), HANDLES);
export const promisePutTwice = runtime([["HEDDLE_PROMISE_SETTLED", "put"], true], (spawn) => spawn(putsTwice, []), HANDLES);
export const futureHandedOn = runtime([8, 8], (spawn) => spawn(handsOn, []), HANDLES);
export const futureCancelled = runtime("HEDDLE_CANCELLED", (spawn) => spawn(cancelsHandle, []), HANDLES);

export const phaserRounds = runtime("met", (spawn) => spawn(meets, [2]), HANDLES);
export const phaserActions = runtime(2, (spawn) => spawn(actions, [2]), HANDLES);
export const phaserLateActions = runtime(1, (spawn) => spawn(lateActions, [], { affinity: 1 }), HANDLES);

/** Workers are asked what they do while they begin, run, wait and fall asleep: each that has started answers, once. */
export const explained = runtime(["all answered", 6], async (spawn, it) => {
  const sum = spawn(sumOfChildren, [3]);
  for (let i = 0; i < 2; i++) {
    const { asked, reports } = await askByMail(it, MOST_SLOTS, Number.POSITIVE_INFINITY);
    const slots = reports.filter((report) => report !== null).map((report) => report.slot);
    assert.equal(new Set(slots).size, asked);
  }
  return ["all answered", await sum];
});
