import { type HeddlePromise, promise, shared, task } from "heddle";

const produce = task(import.meta, (a: Int32Array, done: HeddlePromise<number>): void => {
  a[0] = 7;
  done.put(0);
  a[1] = 8; // race
});

const consume = task(import.meta, function* (a: Int32Array, done: HeddlePromise<number>) {
  yield* done.future;
  return a[0] + a[1]; // race
});

export async function main() {
  const a = shared.int32(2);
  const done = promise<number>();
  const reader = consume.spawn(a, done);
  const writer = produce.spawn(a, done);
  await reader;
  await writer;
}
