import { members } from "../candidates.ts";
import { type Control, Table, Word } from "../control.ts";
import { sharedRandom } from "./random.ts";
import type { Strategy } from "./strategy.ts";

const FIRST_GUESS = 20;

/**
 * Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte: "A randomized scheduler with probabilistic
 * guarantees of finding bugs", 2010). Threads get random priorities and the highest candidate runs; at depth - 1 random steps the
 * running thread falls below all others. Finds a bug of depth d in n threads and k steps with probability at least 1 / (n k^(d-1)) each time;
 * k is the longest execution seen so far. A thread that pauses falls as well, or it would spin for ever.
 */
export function priorities(control: Control): Strategy {
  const random = sharedRandom(control);
  const { words } = control;

  function lower(thread: number): void {
    words[Table.PRIORITY + thread] = --words[Word.PRIORITY_FLOOR]!;
  }

  return {
    begin() {
      const threads = words[Word.THREADS]!;
      words[Word.PRIORITY_FLOOR] = 0;
      random.shuffle(members((1 << threads) - 1)).forEach((thread, rank) => {
        words[Table.PRIORITY + thread] = rank + 1;
      });
      const steps = words[Word.LONGEST]! || FIRST_GUESS;
      for (let i = 0; i < words[Word.DEPTH]! - 1; i++) words[Table.CHANGE_POINT + i] = 1 + random.below(steps);
    },
    choose(candidates) {
      const current = words[Word.CURRENT]!;
      const step = words[Word.STEP]!;
      for (let i = 0; i < words[Word.DEPTH]! - 1; i++) {
        if (words[Table.CHANGE_POINT + i] === step && current >= 0) lower(current);
      }
      if (current >= 0 && words[Table.PAUSED + current]! > 0) lower(current);
      return members(candidates).reduce((best, thread) =>
        words[Table.PRIORITY + thread]! > words[Table.PRIORITY + best]! ? thread : best,
      );
    },
    end: () => true,
  };
}
