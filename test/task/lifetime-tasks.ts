/** Tasks for the test of handles that are collected. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Future, type HeddlePromise, type Phaser, promise, task } from "heddle";

/** Collects garbage in this thread, and lets its event loop turn so that the engine says what it has collected. */
export async function collect(): Promise<void> {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 1));
}

export const collectThere = task(import.meta, async function collectThere(): Promise<void> {
  await collect();
});

/** Has them, and forgets them. */
export const forget = task(import.meta, function forget(things: (Future<unknown> | HeddlePromise<unknown> | Phaser)[]): number {
  return things.length;
});

export const make = task(import.meta, function make(count: number): HeddlePromise<number>[] {
  return Array.from({ length: count }, () => promise<number>());
});
