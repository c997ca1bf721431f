import { type Control, Strategies, Word } from "../control.ts";
import { depthFirst } from "./dfs.ts";
import { mixed } from "./mixed.ts";
import { priorities } from "./pct.ts";
import { randomWalk } from "./random.ts";
import { replay } from "./replay.ts";

/**
 * Decides who takes the next step. All its state lies in the control words, because each choice is made by whichever thread holds the
 * baton.
 */
export interface Strategy {
  /** Before an execution. */
  begin(): void;
  /** One thread of the bit set `candidates`, which is not empty; -1 if the choice that is given for this step cannot be made. */
  choose(candidates: number): number;
  /** After an execution; false when there is nothing left to explore. */
  end(): boolean;
}

export function strategyOf(control: Control): Strategy {
  switch (control.words[Word.STRATEGY]) {
    case Strategies.pct:
      return priorities(control);
    case Strategies.mixed:
      return mixed(control);
    case Strategies.dfs:
      return depthFirst(control);
    case Strategies.replay:
      return replay(control);
    default:
      return randomWalk(control);
  }
}
