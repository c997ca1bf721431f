import { lowest, undisturbed } from "../candidates.ts";
import { type Control, Word } from "../control.ts";
import type { Strategy } from "./strategy.ts";

/**
 * Every schedule with at most so many preemptions, depth first (Musuvathi and Qadeer, "Iterative context bounding for systematic testing of
 * multithreaded programs", 2007). A preemption is a switch away from a thread that could have gone on; switches at a wait, a pause or an
 * end are free.
 */
export function depthFirst(control: Control): Strategy {
  const { words, choices, candidates: offered, tried, preemptions } = control;
  const runningBefore = (step: number): number => (step === 0 ? -1 : choices[step - 1]!);

  function isPreemption(step: number, thread: number): boolean {
    const running = runningBefore(step);
    return running >= 0 && running !== thread && (offered[step]! & (1 << running)) !== 0;
  }

  return {
    begin() {},

    choose(candidates) {
      const step = words[Word.STEP]!;
      if (step < words[Word.PREFIX]!) {
        if (offered[step] !== candidates) return -1;
        return choices[step]!;
      }
      const thread = undisturbed(control, candidates);
      offered[step] = candidates;
      tried[step] = 1 << thread;
      preemptions[step] = step === 0 ? 0 : preemptions[step - 1]! + (isPreemption(step - 1, choices[step - 1]!) ? 1 : 0);
      return thread;
    },

    end() {
      const bound = words[Word.PREEMPTIONS]!;
      for (let step = words[Word.STEP]! - 1; step >= 0; step--) {
        for (let rest = offered[step]! & ~tried[step]!; rest !== 0; rest &= rest - 1) {
          const thread = lowest(rest);
          if (bound >= 0 && isPreemption(step, thread) && preemptions[step]! >= bound) continue;
          tried[step]! |= 1 << thread;
          choices[step] = thread;
          words[Word.PREFIX] = step + 1;
          return true;
        }
      }
      return false;
    },
  };
}
