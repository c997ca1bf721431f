import { type Control, Word } from "../control.ts";
import { priorities } from "./pct.ts";
import { randomWalk } from "./random.ts";
import type { Strategy } from "./strategy.ts";

/** Random walk and priorities in turn, one execution each. */
export function mixed(control: Control): Strategy {
  const both = [randomWalk(control), priorities(control)] as const;
  const current = (): Strategy => both[(control.words[Word.EXECUTION]! & 1) as 0 | 1];
  return {
    begin: () => current().begin(),
    choose: (candidates) => current().choose(candidates),
    end: () => current().end(),
  };
}
