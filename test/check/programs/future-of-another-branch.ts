import { type Future, shared, task } from "heddle";

const slow = task(import.meta, (a: Int32Array, at: number): number => {
  a[at] = at; // race
  return at;
});

/** Waits for one of two tasks that somebody else has spawned, and looks at what both have written. */
const look = task(import.meta, function* (a: Int32Array, ready: Future<number>) {
  yield* ready;
  return a[1] + a[2]; // race
});

export async function main() {
  const a = shared.int32(3);
  const one = slow.spawn(a, 1);
  const two = slow.spawn(a, 2);
  await look.spawn(a, one);
  await two;
}
