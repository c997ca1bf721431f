import { load, notify, store, wait, waitAsync } from "../../../src/shared/atomics.ts";
import { scenario } from "../../../src/testing/index.ts";

/** One thread sleeps until the other has brought something. The sleeper must announce itself before it looks for the last time. */
const READY = 0;
const ASLEEP = 16;
const nameOf = (word: number) => ({ [READY]: "ready", [ASLEEP]: "asleep" })[word];

const bring = ({ i32 }: { i32: Int32Array }): void => {
  store(i32, READY, 1);
  if (load(i32, ASLEEP) === 1) {
    store(i32, ASLEEP, 0);
    notify(i32, ASLEEP, 1);
  }
};

export const looksThenAnnounces = scenario({
  threads: [
    ({ i32 }) => {
      if (load(i32, READY) === 1) return;
      store(i32, ASLEEP, 1);
      wait(i32, ASLEEP, 1);
    },
    bring,
  ],
  nameOf,
});

const announce = (i32: Int32Array): boolean => {
  store(i32, ASLEEP, 1);
  return load(i32, READY) === 0;
};

export const announcesThenLooks = scenario({
  threads: [
    ({ i32 }) => {
      if (announce(i32)) wait(i32, ASLEEP, 1);
    },
    bring,
  ],
  nameOf,
});

export const announcesThenLooksAsync = scenario({
  threads: [
    async ({ i32 }) => {
      if (announce(i32)) await waitAsync(i32, ASLEEP, 1).value;
    },
    bring,
  ],
  nameOf,
});

export const looksThenAnnouncesAsync = scenario({
  threads: [
    async ({ i32 }) => {
      if (load(i32, READY) === 1) return;
      store(i32, ASLEEP, 1);
      await waitAsync(i32, ASLEEP, 1).value;
    },
    bring,
  ],
  nameOf,
});

/** Loses the wake-up, but a time limit covers it. */
export const coveredByTimeLimit = scenario({
  threads: [
    ({ i32 }) => {
      while (load(i32, READY) === 0) wait(i32, ASLEEP, 0, 100);
    },
    ({ i32 }) => store(i32, READY, 1),
  ],
  nameOf,
});

/** Sleeps twice on one word; the reports say how each wait ended. */
export const asyncPair = scenario<undefined, unknown>({
  threads: [
    async ({ i32 }) => {
      const first = waitAsync(i32, READY, 0).value;
      const second = waitAsync(i32, ASLEEP, 0, 100).value;
      return Promise.all([first, second]);
    },
    ({ i32 }) => {
      while (notify(i32, READY) === 0);
    },
  ],
  check(_, [ends]) {
    if (String(ends) !== "ok,timed-out") throw new Error(String(ends));
  },
});
