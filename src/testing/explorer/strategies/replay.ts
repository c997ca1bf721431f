import { undisturbed } from "../candidates.ts";
import { type Control, Word } from "../control.ts";
import type { Strategy } from "./strategy.ts";

/** The choices that are given, then each thread undisturbed. */
export function replay(control: Control): Strategy {
  const { words, choices } = control;
  return {
    begin() {},
    choose(candidates) {
      const step = words[Word.STEP]!;
      if (step >= words[Word.PREFIX]!) return undisturbed(control, candidates);
      const thread = choices[step]!;
      if ((candidates & (1 << thread)) === 0) return -1;
      return thread;
    },
    end: () => false,
  };
}
