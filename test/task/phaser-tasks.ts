/** Tasks for the tests of phasers. `log` is an Int32Array on the heap: word 0 counts, the rest is the test's. */
import { crosses, type Future, finish, type Phaser, type PhaserMode, phaser, type Task, task, whenAll } from "heddle";

type Log = Int32Array<SharedArrayBuffer>;
const code = (error: unknown): string => (error as { code: string }).code;

/** Counts itself in each phase, and checks that everybody has when the phase has ended. Returns how often it was wrong. */
export const counter = task(import.meta, function* counter(ph: Phaser, log: Log, members: number, phases: number): Generator<
  Future<unknown>,
  number
> {
  let wrong = 0;
  for (let phase = 1; phase <= phases; phase++) {
    Atomics.add(log, 0, 1);
    if ((yield* ph.next()) !== phase) wrong++;
    const count = Atomics.load(log, 0);
    if (count < members * phase || count > members * (phase + 1)) wrong++;
  }
  return wrong;
});

export const asyncCounter = task(
  import.meta,
  async function asyncCounter(ph: Phaser, log: Log, members: number, phases: number): Promise<number> {
    let wrong = 0;
    for (let phase = 1; phase <= phases; phase++) {
      Atomics.add(log, 0, 1);
      if (phase % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      ph.signal();
      if ((await ph.next()) !== phase) wrong++;
      const count = Atomics.load(log, 0);
      if (count < members * phase || count > members * (phase + 1)) wrong++;
    }
    return wrong;
  },
);

/** Spawns the steppers from inside a task, so that everything happens on workers. */
export const steps = task(import.meta, function* steps(log: Log, members: number, phases: number): Generator<
  Future<unknown>,
  number
> {
  const ph = phaser();
  const futures = Array.from({ length: members }, (_, i) =>
    (i % 3 === 2 ? asyncCounter : counter).with({ phased: [ph], affinity: i }).spawn(ph, log, members, phases),
  );
  ph.drop();
  return (yield* whenAll(futures)).reduce((a, b) => a + b, 0);
});

/** One action in each phase, run by whoever. Word 1 counts the actions, word 2 those at which something was amiss. */
export const singles = task(import.meta, function* singles(ph: Phaser, log: Log, members: number, phases: number): Generator<
  Future<unknown>,
  void
> {
  for (let phase = 0; phase < phases; phase++) {
    Atomics.add(log, 0, 1);
    yield* ph.next((ending) => {
      Atomics.add(log, 1, 1);
      if (ending !== phase || Atomics.load(log, 0) !== members * (phase + 1)) Atomics.add(log, 2, 1);
    });
    if (Atomics.load(log, 1) !== phase + 1) Atomics.add(log, 2, 1);
  }
});

/** Brings an action, and takes its future back. */
export const withdraws = task(import.meta, async function withdraws(ph: Phaser, log: Log): Promise<boolean> {
  return ph.next(() => void Atomics.add(log, 0, 1)).cancel();
});

export const acts = task(import.meta, function* acts(ph: Phaser, log: Log): Generator<Future<unknown>, void> {
  yield* ph.next(() => void Atomics.add(log, 1, 1));
});

/** Signals now and then without an action of its own, so that the others have to be left the boundary. */
export const lateSignaller = task(import.meta, async function lateSignaller(ph: Phaser, phases: number): Promise<void> {
  for (let phase = 0; phase < phases; phase++) {
    while (ph.phase < phase) await new Promise((resolve) => setTimeout(resolve, 0));
    await new Promise((resolve) => setTimeout(resolve, 1));
    ph.signal();
  }
});

/** A producer that never waits. */
export const producer = task(import.meta, function producer(ph: Phaser, log: Log, items: number): void {
  for (let i = 0; i < items; i++) {
    Atomics.add(log, 0, 1);
    ph.signal();
  }
});

/** Sees at least `producers` items for each phase, and goes on when there is nobody left to signal. */
export const consumer = task(import.meta, function* consumer(ph: Phaser, log: Log, producers: number, phases: number): Generator<
  Future<unknown>,
  number
> {
  let wrong = 0;
  for (let phase = 1; phase <= phases; phase++) {
    yield* ph.wait();
    if (Atomics.load(log, 0) < producers * Math.min(phase, log[1]!)) wrong++;
  }
  return wrong;
});

export const endsEarly = task(import.meta, function endsEarly(): void {});
export const after = task(import.meta, function after(_value: void): void {});
export const throws = task(import.meta, function throws(): void {
  throw new RangeError("early");
});

/** A member that does nothing until word 0 is set. */
export const holds = task(import.meta, async function holds(log: Log): Promise<void> {
  while (Atomics.load(log, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
});

/** Registers children of its own while the others are in the same phase. */
export const grows: Task<(ph: Phaser, log: Log, depth: number) => Generator<Future<unknown>, void>> = task(
  import.meta,
  function* growing(ph: Phaser, log: Log, depth: number): Generator<Future<unknown>, void> {
    for (let phase = 0; phase < depth; phase++) {
      Atomics.add(log, 0, 1);
      if (phase === depth - 3 && depth > 3) {
        for (let i = 0; i < 2; i++) grows.with({ phased: [{ phaser: ph, mode: "signalWait" }] }).spawn(ph, log, depth - phase);
      }
      yield* ph.next();
    }
  },
);

export const joinsLater = task(import.meta, async function joinsLater(ph: Phaser, phases: number): Promise<number> {
  ph.register();
  let last = 0;
  for (let i = 0; i < phases; i++) last = await ph.next();
  ph.drop();
  return last;
});

/** What goes wrong, by code and message. */
export const misuse = task(import.meta, function misuse(ph: Phaser, what: string): string {
  try {
    if (what === "next") ph.next();
    else if (what === "wait") ph.wait();
    else if (what === "signal") ph.signal();
    else if (what === "drop") ph.drop();
    else endsEarly.with({ phased: [{ phaser: ph, mode: what as PhaserMode }] }).spawn();
    return "fine";
  } catch (error) {
    return `${code(error)} ${(error as Error).message}`;
  }
});

/** A phaser made in the body of a finish: its creator drops out at the end of the body, so the children go on. */
export const inFinish = task(import.meta, function inFinish(log: Log, members: number): number {
  finish(() => {
    const ph = phaser();
    for (let i = 0; i < members; i++) counter.with({ phased: [ph] }).spawn(ph, log, members, 3);
  });
  return log[0]!;
});

export const inGeneratorFinish = task(import.meta, function* inGeneratorFinish(log: Log, members: number): Generator<
  Future<unknown>,
  number
> {
  yield* finish(function* () {
    const ph = phaser();
    for (let i = 0; i < members; i++) counter.with({ phased: [ph] }).spawn(ph, log, members, 3);
    yield* ph.next();
  });
  return log[0]!;
});

/** Crosses, and cannot be read where it arrives. */
export class Unreadable {
  readonly where = "here";
}
crosses(import.meta, Unreadable, {
  encode: (it) => it.where,
  decode: () => {
    throw new RangeError("unreadable");
  },
});
export const takesUnreadable = task(import.meta, function* takesUnreadable(ph: Phaser, _it: Unreadable): Generator<
  Future<unknown>,
  void
> {
  yield* ph.next();
});

/** Takes its worker along once word 1 is set. */
export const diesPhased = task(import.meta, async function diesPhased(ph: Phaser, log: Log): Promise<void> {
  await ph.next();
  while (Atomics.load(log, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  process.exit(3);
});

export const waitsTwice = task(import.meta, function* waitsTwice(ph: Phaser, log: Log): Generator<Future<unknown>, string> {
  yield* ph.next();
  Atomics.store(log, 1, 1);
  try {
    yield* ph.next();
    return "went on";
  } catch (error) {
    return code(error);
  }
});
