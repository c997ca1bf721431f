/** A program for traces: tasks of 5 ms at every place, a global array, collective operations, a promise that another place puts. */
import { type HeddlePromise, place, places, promise, task, world } from "heddle";

export const spin = task(import.meta, (ms: number): number => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return place();
});

export const round = task(import.meta, async (): Promise<number> => {
  const there = Array.from({ length: places() }, (_, p) => spin.at(p).spawn(5));
  return (await Promise.all(there)).reduce((sum, it) => sum + it, 0);
});

export const putter = task(import.meta, (it: HeddlePromise<number>): void => {
  spin(5);
  it.put(place());
});

export async function main(): Promise<void> {
  await world.barrier();
  if (place() === 0) {
    const it = promise<number>();
    await putter.at(places() - 1).spawn(it);
    console.log(await it.future, await round.spawn());
  }
  console.log(await world.allReduce(1, "sum"));
}
