import { type Future, finish, mapStream, phaser, pipeline, promise, serial, shared, whenAll } from "heddle";
import * as tasks from "./tasks.ts";

/** A program that hangs until it is released. */
interface Running {
  readonly until: PromiseLike<unknown>;
  readonly release: () => void;
}

export interface Hang {
  readonly start: () => Running;
  /** What must be said. A mark in angle brackets stands for the place of the line that it is on. */
  readonly says: readonly string[];
  readonly verdict: "cycle" | "waiting" | "running";
  /** On the serial scheduler the wait is given up: with HEDDLE_STUCK, and what that error must say. */
  readonly givenUpWhenSerial?: readonly string[];
  /** It keeps the thread busy, so that the serial scheduler's cannot be asked. */
  readonly busy?: true;
}

const held = (start: (it: ReturnType<typeof promise<number>>) => PromiseLike<unknown>): Running => {
  const it = promise<number>(); // mark: never put
  return { until: start(it), release: () => it.put(1) };
};

const NEVER_PUT = "a promise, made at <never put>: nobody has put or failed it";

export const hangs: Record<string, Hang> = {
  "a promise that nobody puts, awaited by a task": {
    start: () => held((it) => tasks.pulls.spawn(it.future)), // mark: pulls
    says: ["main waits for\n  the generator task pulls, spawned at <pulls>[^\n]*: waits for", NEVER_PUT],
    verdict: "waiting",
  },

  "a promise that nobody puts, awaited outside of tasks": {
    start: () => held((it) => it.future),
    says: [`main waits for\n  ${NEVER_PUT}`],
    verdict: "waiting",
  },

  "a promise of a task's own": {
    start: () => held((it) => tasks.waitsForOwn.spawn(it.future)), // mark: waitsForOwn
    says: ["waitsForOwn, spawned at <waitsForOwn>[^\n]*: waits for\n +a promise, made at <made in a task>: nobody has put"],
    verdict: "waiting",
  },

  "two generator tasks that wait for each other": {
    start() {
      const a = promise<Future<unknown>>();
      const b = promise<Future<unknown>>();
      const first = tasks.asks.with({ name: "hen" }).spawn(a.future); // mark: hen
      const second = tasks.asks.with({ name: "egg" }).spawn(b.future); // mark: egg
      a.put(second);
      b.put(first);
      return { until: whenAll([first, second]), release: () => first.cancel() };
    },
    says: [
      "A cycle: these wait for each other, and none of them can ever go on.\n" +
        "  the generator task (hen|egg), spawned at <(hen|egg)>[^\n]*, which waits for\n" +
        "  the generator task (hen|egg), spawned at <(hen|egg)>[^\n]*, which waits for\n" +
        "  the generator task (hen|egg), spawned at <(hen|egg)>[^\n]*\\.\n",
    ],
    verdict: "cycle",
  },

  "a task that waits for itself": {
    start() {
      const own = promise<Future<unknown>>();
      const first = tasks.asks.with({ name: "ouroboros" }).spawn(own.future as never); // mark: itself
      own.put(first);
      return { until: first, release: () => first.cancel() };
    },
    says: [
      "A cycle: this waits for itself, and can never go on.\n" +
        "  the generator task ouroboros, spawned at <itself>[^\n]*, which waits for\n" +
        "  the generator task ouroboros, spawned at <itself>[^\n]*\\.\n",
    ],
    verdict: "cycle",
  },

  "a member of a phaser that never signals": {
    start: () =>
      held((it) =>
        // biome-ignore format: the marks are for one line each
        finish(async () => { // mark: scope
          const ph = phaser(); // mark: phaser
          tasks.steps.with({ phased: [ph] }).spawn(ph); // mark: steps
          tasks.forgets.with({ phased: [ph], name: "sleepyhead" }).spawn(ph, it.future); // mark: sleepyhead
        }),
      ),
    says: [
      "main waits for\n  a finish scope, opened at <scope>: waits for",
      "the generator task steps, spawned at <steps>[^\n]*: waits for\n" +
        " +phase 0 of a phaser, made at <phaser>: 1 member has not signalled it\n" +
        " +the generator task sleepyhead, spawned at <sleepyhead>[^\n]*: waits for\n" +
        ` +${NEVER_PUT}`,
    ],
    verdict: "waiting",
  },

  "a phaser whose maker waits for the others without a signal": {
    start() {
      const ph = phaser(); // mark: maker
      return { until: tasks.steps.with({ phased: [ph] }).spawn(ph), release: () => ph.drop() };
    },
    says: [
      "A cycle: .*\n  main waits for\n  the generator task steps.*\n  phase 0 of a phaser, made at <maker>, which waits for the signal of\n  main\\.",
    ],
    verdict: "cycle",
  },

  "an async task that awaits a promise of others": {
    start: () => held((it) => tasks.awaits.spawn(it.future)), // mark: awaits
    says: [`the async task awaits, spawned at <awaits>[^\n]*: waits for\n +${NEVER_PUT}`],
    verdict: "waiting",
  },

  "an async task that awaits what is no future": {
    start() {
      const until = tasks.awaitsAbort.spawn(); // mark: awaitsAbort
      return { until, release: () => until.cancel() };
    },
    says: [
      "the async task awaitsAbort, spawned at <awaitsAbort>[^\n]*: awaits something that is no future of heddle; its event loop",
    ],
    verdict: "waiting",
  },

  "dataflow whose input never comes": {
    start: () => held((it) => tasks.adds.after(it.future, 2)), // mark: after
    says: [`main waits for\n  the task adds, spawned at <after>[^\n]*: waits for\n +${NEVER_PUT}`],
    verdict: "waiting",
  },

  "dataflow in a finish scope whose future nobody holds": {
    start: () => held((it) => tasks.gathersDataflow.spawn(it.future)),
    says: [
      "the generator task gathersDataflow[^\n]*: waits for\n +a finish scope[^\n]*: waits for\n" +
        ` +the task adds, spawned at <dataflow in a finish>[^\n]*: waits for\n +${NEVER_PUT}`,
    ],
    verdict: "waiting",
  },

  "a finish that blocks, with a task that does not end": {
    start: () => held((it) => tasks.gathers.spawn(it.future)), // mark: gathers
    says: [
      "the task gathers, spawned at <gathers>[^\n]*: waits at <blocking finish> for\n +a finish scope[^\n]*: waits for\n" +
        ` +the generator task pulls, spawned at <in the blocking finish>[^\n]*: waits for\n +${NEVER_PUT}`,
    ],
    verdict: "waiting",
    givenUpWhenSerial: ["a finish scope with 1 task that has not ended", NEVER_PUT],
  },

  "an endless loop": {
    start() {
      const flag = shared.int32(1);
      return { until: tasks.spins.spawn(flag), release: () => Atomics.store(flag, 0, 1) }; // mark: spins
    },
    says: [
      "the task spins, spawned at <spins>[^\n]*: runs, and has not come back for \\d+\\.\\d s; it is at <endless>",
      "worker \\d: has been running the task spins for [^\n]* at <endless>",
    ],
    verdict: "running",
    busy: true,
  },

  "an endless loop that another task joins": {
    start() {
      const flag = shared.int32(1);
      return { until: tasks.joinsSpinner.spawn(flag), release: () => Atomics.store(flag, 0, 1) }; // mark: joinsSpinner
    },
    says: [
      "the task joinsSpinner, spawned at <joinsSpinner>[^\n]*: waits at <joins the endless one> for\n" +
        " +the task spins, spawned at <joins the endless one>[^\n]*: runs, and has not come back [^\n]*; it is at <endless>",
    ],
    verdict: "running",
    busy: true,
  },

  "a lock that nobody gives back": {
    start() {
      const word = shared.int32(1);
      word[0] = 1;
      const release = (): void => {
        word[0] = 0;
        Atomics.notify(word, 0);
      };
      return { until: tasks.locks.spawn(word), release }; // mark: locks
    },
    says: ["the task locks, spawned at <locks>[^\n]*: runs, [^\n]*; it is at <lock>"],
    verdict: "running",
    busy: true,
  },

  "a chain of joins": {
    start: () => held((it) => tasks.chain.spawn(4, it.future)), // mark: chain
    says: [
      "the task chain, spawned at <chain>[^\n]*: waits at <link of the chain> for\n" +
        "( +the task chain, spawned at <link of the chain>[^\n]*: waits at <link of the chain> for\n){3}" +
        " +the task chain, spawned at <link of the chain>[^\n]*: waits at <end of the chain> for\n" +
        ` +the generator task pulls, spawned at <end of the chain>[^\n]*: waits for\n +${NEVER_PUT}`,
    ],
    verdict: "waiting",
    givenUpWhenSerial: [
      "waits for the task pulls",
      "chain, spawned at <link of the chain>: waits at <end of the chain>",
      NEVER_PUT,
    ],
  },

  "a stream whose results nobody takes": {
    start() {
      const gate = promise<number>(); // mark: gate
      const numbers = Array.from({ length: 40 }, (_, i) => i);
      const stream = mapStream(numbers, tasks.doubles, { inFlight: 4, args: [gate] });
      const run = async (): Promise<void> => {
        await stream.next();
        await gate.future; // put by the task of item 12, which is never taken
        await stream.return();
      };
      return { until: run(), release: () => gate.put(0) };
    },
    says: [
      "main waits for\n +a promise, made at <gate>: nobody has put",
      "mapStream\\(doubles\\): 5 taken, 5 done, 1 given out; it takes no more until somebody takes a result \\(inFlight is 4\\)",
    ],
    verdict: "waiting",
  },

  "a pipeline whose source gives nothing": {
    start() {
      let release = (): void => {};
      async function* source(): AsyncGenerator<number> {
        yield 1;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      return { until: pipeline(source(), serial(tasks.negates)), release: () => release() };
    },
    says: ["main waits for\n +pipeline\\(negates\\): 1 taken, 1 done, 1 given out; its source does not give the next item"],
    verdict: "waiting",
  },
};
