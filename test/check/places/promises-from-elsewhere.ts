import type { GlobalPtr } from "heddle";
import { type Future, type HeddlePromise, heapAt, type MainArguments, promise, task } from "heddle";

type Int32 = GlobalPtr<Int32Array<SharedArrayBuffer>>;

const produce = task(import.meta, async (p: Int32, done: HeddlePromise<number>): Promise<void> => {
  await p.put(1);
  done.put(7);
  await p.put(2, 1); // race
});
const consume = task(import.meta, async (p: Int32, done: Future<number>): Promise<number> => {
  const value = await done;
  return value + (await p.get()) + (await p.get(1)); // race
});
/** Whoever awaits first says nothing to those who await later. */
const first = task(import.meta, async (p: Int32, done: Future<number>): Promise<void> => {
  await p.put(1, 2); // race
  await done;
});
const second = task(import.meta, async (p: Int32, done: Future<number>): Promise<void> => {
  for (let i = 0; i < 20; i++) await null; // so that the other one awaits first
  await done;
  await p.get(2); // race
});

export async function main({ place, places }: MainArguments) {
  if (place !== 0) return;
  const last = places - 1;
  const p = await heapAt(0).int32(3);
  const done = promise<number>();
  const read = consume.at(last).spawn(p, done.future);
  await produce.at(1).spawn(p, done);
  await read;
  await Promise.all([first.at(2).spawn(p, done.future), second.at(2).spawn(p, done.future)]);
}
