import { type HeddlePromise, promise, shared, task } from "heddle";

const produce = task(import.meta, (a: Int32Array, done: HeddlePromise<number>): void => {
  a[0] = 7;
  done.put(0);
});

const consume = task(import.meta, function* (a: Int32Array, done: HeddlePromise<number>) {
  a[(yield* done.future) + 1] = a[0];
});

export async function main() {
  const a = shared.int32(2);
  const done = promise<number>();
  const reader = consume.spawn(a, done);
  await produce.spawn(a, done);
  await reader;
}
