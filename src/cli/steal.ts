import { InvalidArgumentError } from "commander";
import { STEALING, type StealingTuning } from "../place/protocol/tuning.ts";

const RANGES: Readonly<Record<keyof StealingTuning, readonly [range: string, isIn: (value: number) => boolean]>> = {
  tries: ["a whole number, 0 or more", (it) => Number.isInteger(it) && it >= 0],
  base: ["a whole number, 2 or more", (it) => Number.isInteger(it) && it >= 2],
  share: ["greater than 0, at most 1", (it) => it > 0 && it <= 1],
  most: ["a whole number, 1 or more", (it) => Number.isInteger(it) && it >= 1],
};
const isSetting = (name: string): name is keyof StealingTuning => Object.hasOwn(RANGES, name);

/** Of `--steal`: as tries=4,share=0.25; what is not named stays as it is by default. */
export function stealing(text: string): StealingTuning {
  const tuning = { ...STEALING };
  for (const part of text.split(",")) {
    const [name = "", value = "", ...more] = part.split("=");
    if (!isSetting(name))
      throw new InvalidArgumentError(
        `There is no setting ${name || part}: there are ${Object.keys(RANGES).join(", ")}, as in tries=4,share=0.25.`,
      );
    const [range, isIn] = RANGES[name];
    if (value === "" || more.length > 0 || !isIn(Number(value))) throw new InvalidArgumentError(`${name} is ${range}.`);
    tuning[name] = Number(value);
  }
  return tuning;
}
