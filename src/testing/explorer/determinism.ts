import { Random } from "../seed.ts";
import { type Control, Word } from "./control.ts";

const random = new Random();

/** Makes this thread's clock and dice part of the schedule: the time is the step, in microseconds, and the dice start anew. */
export function takeChanceAway(control: Control): void {
  Math.random = () => random.next();
  Date.now = () => Math.floor(control.words[Word.STEP]! / 1000);
  performance.now = () => control.words[Word.STEP]! / 1000;
}

export function restartDice(thread: number): void {
  random.reseed(thread);
}
