import { Random } from "../../seed.ts";
import { members } from "../candidates.ts";
import { type Control, Word } from "../control.ts";
import type { Strategy } from "./strategy.ts";

/** The generator whose state lies in the control words. */
export const sharedRandom = ({ words }: Control): Random => new Random(words.subarray(Word.RANDOM, Word.RANDOM + 4));

/** Each step goes to any candidate with the same probability. */
export function randomWalk(control: Control): Strategy {
  const random = sharedRandom(control);
  return {
    begin() {},
    choose: (candidates) => random.pick(members(candidates)),
    end: () => true,
  };
}
