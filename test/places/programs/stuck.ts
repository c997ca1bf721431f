/** Programs on several places that hang, each in its own way. */
import {
  type Future,
  finish,
  type HeddlePromise,
  type Mobile,
  mobile,
  type Phaser,
  phaser,
  place,
  promise,
  type SharedLock,
  sharedLock,
  task,
  world,
} from "heddle";

export const pulls = task(import.meta, async (it: Future<number>): Promise<number> => await it);

/** Waits for what it is told to wait for once that is known: a future that comes by another one. */
export const follows = task(import.meta, function* (it: Future<Future<number>>): Generator<Future<unknown>, number> {
  return yield* yield* it;
});

export const takesBoth = task(
  import.meta,
  async (first: SharedLock, second: SharedLock, met: HeddlePromise<void>, other: Future<void>): Promise<void> => {
    using _one = await first.lock();
    met.put();
    await other; // both have one of the two
    using _two = await second.lock();
  },
);

export const loops = task(import.meta, (): never => {
  for (;;);
});

export const steps = task(import.meta, function* (ph: Phaser): Generator<Future<unknown>, number> {
  return yield* ph.next();
});
export const dawdles = task(import.meta, async (_ph: Phaser, it: Future<number>): Promise<number> => await it);
class Gate {
  look(): number {
    return place();
  }
  /** Waits on its stack for a task of another place. */
  holds(begun: HeddlePromise<void>, end: Future<void>): void {
    opens.at(1).spawn(begun, end).join();
  }
}
const gates = mobile(import.meta, Gate);
const opens = task(import.meta, function* (begun: HeddlePromise<void>, end: Future<void>): Generator<Future<unknown>, void> {
  begun.put();
  yield* end;
});
const looks = task(import.meta, function* (gate: Mobile<Gate>, begun: HeddlePromise<void>): Generator<Future<unknown>, number> {
  begun.put();
  return yield* gate.look();
});
const asks = task(import.meta, (gate: Mobile<Gate>, begun: HeddlePromise<void>) => looks.at(1).spawn(gate, begun).join());

const hangs: Record<string, () => Promise<unknown>> = {
  /** A promise of place 0 that nobody puts, awaited by a task of place 1. */
  async promise() {
    if (place() !== 0) return;
    const it = promise<number>();
    await pulls.at(1).spawn(it.future);
  },
  /** Place 1 awaits something else, and never comes to the barrier. */
  async collective() {
    if (place() !== 1) return world.barrier();
    await promise<number>().future;
  },
  /** A task at place 0 waits for one at place 1, which waits for the first. */
  async cycle() {
    if (place() !== 0) return;
    const it = promise<Future<number>>();
    const there = follows.with({ name: "there" }).at(1).spawn(it.future);
    const here = pulls.with({ name: "here" }).spawn(there);
    it.put(here);
    await here;
  },
  /** Two tasks at two places take two locks in opposite order. */
  async locks() {
    if (place() !== 0) return;
    const [a, b] = [sharedLock(), sharedLock()];
    const [one, two] = [promise<void>(), promise<void>()];
    await Promise.all([takesBoth.at(0).spawn(a, b, one, two.future), takesBoth.at(1).spawn(b, a, two, one.future)]);
  },
  /** Place 1 leaves without the operation. */
  async left() {
    if (place() === 0) await world.barrier();
  },
  /** A finish scope of all places: a task of place 1 has not ended. */
  async spmd() {
    await finish.spmd(async () => {
      if (place() === 1) pulls.spawn(promise<number>().future);
    });
  },
  /** A phaser over both places, of which the member at place 1 never signals. */
  async phaser() {
    if (place() !== 0) return;
    await finish(async () => {
      const ph = phaser();
      steps.with({ phased: [ph] }).spawn(ph);
      dawdles
        .at(1)
        .with({ phased: [ph] })
        .spawn(ph, promise<number>().future);
    });
  },
  /** On the stack of a plain method lies a task that waits for one of another place, which calls the object. */
  async object() {
    if (place() !== 0) return;
    const [one, two, end] = [promise<void>(), promise<void>(), promise<void>()];
    const gate = await gates.create();
    const holds = gate.holds(one, end.future);
    await one.future;
    const it = asks.spawn(gate, two);
    await two.future;
    end.put();
    await Promise.all([holds, it]);
  },
  /** Main of place 0 has ended; that of place 1 waits, and says so first. */
  async ended() {
    if (place() === 0) return;
    setTimeout(() => console.log("waits"), 300);
    await promise<number>().future;
  },
  /** The one worker of place 1 is busy, and a second task there has not begun. */
  async busy() {
    if (place() !== 0) return;
    await Promise.all([loops.at(1).spawn(), loops.with({ name: "waiting" }).at(1).spawn()]);
  },
};

export const main = async ([name]: string[]): Promise<unknown> => hangs[name!]!();
