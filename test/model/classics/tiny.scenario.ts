import { load, pause, store, wait, waitAsync } from "../../../src/shared/atomics.ts";
import { scenario, type ThreadBody } from "../../../src/testing/index.ts";

/** Programs so small that their interleavings can be counted by hand. */
const steps = (count: number): ThreadBody<undefined, void> => {
  return ({ i32 }) => {
    for (let i = 0; i < count; i++) load(i32, i);
  };
};

export const twoAndTwo = scenario<undefined, void>({ threads: [steps(2), steps(2)] });
export const threeAndFive = scenario<undefined, void>({ threads: [steps(3), steps(5)] });
export const oneTwoThree = scenario<undefined, void>({ threads: [steps(1), steps(2), steps(3)] });
export const single = scenario<undefined, void>({ threads: [steps(7)] });

export const bothWait = scenario({ threads: [({ i32 }) => wait(i32, 5, 0), ({ i32 }) => wait(i32, 6, 0)] });

export const spinsForEver = scenario({
  threads: [
    ({ i32 }) => {
      while (load(i32, 0) === 0) pause();
    },
  ],
});

/** Two threads spin until a third has written; it polls with a time limit first. */
export const spinnersAndSleeper = scenario({
  threads: [
    ...[1, 2].map(
      (): ThreadBody<undefined, void> =>
        ({ i32 }) => {
          while (load(i32, 0) === 0) pause();
        },
    ),
    ({ i32 }) => {
      wait(i32, 5, 0, 1000);
      store(i32, 0, 1);
    },
  ],
});

export const computesForEver = scenario({
  threads: [
    ({ i32 }) => {
      load(i32, 0);
      for (;;);
    },
  ],
});

let executions = 0;
export const dependsOnHistory = scenario({
  threads: [
    () => {
      if (++executions === 3) throw new Error("the third time");
    },
  ],
});

/** The same dice for the same schedule. */
export const dice = scenario<undefined, number[]>({
  threads: [() => [Math.random(), performance.now(), Date.now()]],
  check(_, [values]) {
    if (values![0] !== 0.7 && values![1]! > 0.001) throw new Error(`not repeatable: ${values}`);
  },
});

/** Fails where nobody awaits it. */
export const failsUnheard = scenario({
  threads: [
    async ({ i32 }) => {
      void Promise.reject(new Error("unheard"));
      await waitAsync(i32, 0, 0).value;
    },
  ],
});

export const plainReads = scenario({
  threads: [
    ({ i32, f64 }) => {
      load(i32, 0);
      i32[1] = i32[0]! + f64.length;
    },
  ],
});
