import { type Future, shared, task } from "heddle";

const produce = task(import.meta, (a: Int32Array): void => {
  a[0] = 42;
});

const consume = task(import.meta, function* (a: Int32Array, ready: Future<void>) {
  yield* ready;
  a[1] = a[0];
});

const consumeAsync = task(import.meta, async (a: Int32Array, ready: Future<void>): Promise<void> => {
  await ready;
  a[2] = a[0];
});

export async function main() {
  const a = shared.int32(3);
  const ready = produce.spawn(a);
  const one = consume.spawn(a, ready);
  const two = consumeAsync.spawn(a, ready);
  await one;
  await two;
  a[0] = a[1] + a[2];
}
