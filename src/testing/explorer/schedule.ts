import { UsageError } from "../../errors.ts";

/** Threads are named by letters, and a schedule is their order with repeat counts: `a3b` lets `a` take three steps, then `b` one. */
export const threadName = (thread: number): string => String.fromCharCode(97 + thread);

export function encodeSchedule(choices: ArrayLike<number>): string {
  let text = "";
  for (let i = 0; i < choices.length; ) {
    const from = i;
    while (i < choices.length && choices[i] === choices[from]) i++;
    text += threadName(choices[from]!) + (i - from > 1 ? i - from : "");
  }
  return text;
}

export function decodeSchedule(schedule: string): number[] {
  if (!/^([a-p]\d*)*$/.test(schedule))
    throw new UsageError(`"${schedule}" is no schedule: expected letters with counts, as in a3ba2`);
  return [...schedule.matchAll(/([a-p])(\d*)/g)].flatMap(([, letter, count]) =>
    new Array<number>(count === "" ? 1 : Number(count)).fill(letter!.charCodeAt(0) - 97),
  );
}
