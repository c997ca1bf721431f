/** Tasks for the test of handles that are collected. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Future, type HeddlePromise, type Phaser, phaser, promise, task } from "heddle";

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

const kept: unknown[] = [];
/** Has them until its thread dies, together with some of its own that another worker has as well. */
export const keepAndDie = task(import.meta, async function keepAndDie(things: unknown[], count: number): Promise<void> {
  const own = Array.from({ length: count }, () => promise<number>());
  const ph = phaser();
  await forget.with({ affinity: 1 }).spawn([...own, ...own.map((it) => it.future), ph]);
  kept.push(things, own, ph);
  process.exit(1);
});

export const make = task(import.meta, function make(count: number): HeddlePromise<number>[] {
  return Array.from({ length: count }, () => promise<number>());
});
