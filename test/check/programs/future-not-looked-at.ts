import { type Future, shared, task } from "heddle";

const produce = task(import.meta, (a: Int32Array): void => {
  a[0] = 42; // race
});

const consume = task(import.meta, function* (a: Int32Array, ready: Future<void>) {
  const seen = a[0]; // race
  yield* ready;
  return seen + a[0];
});

export async function main() {
  const a = shared.int32(3);
  const ready = produce.spawn(a);
  await consume.spawn(a, ready);
}
