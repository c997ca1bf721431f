import { parallelFor, shared, task } from "heddle";

const reserve = task(import.meta, (next: Int32Array, out: Int32Array): void => {
  out[Atomics.add(next, 0, 1)] = 1;
});

const peek = task(import.meta, (next: Int32Array): number => next[0]); // race

export async function main() {
  const next = shared.int32(1);
  const out = shared.int32(40);
  await parallelFor(
    20,
    (_i, next) => {
      Atomics.add(next, 0, 1);
      Atomics.load(next, 0);
    },
    next,
  );
  const counted = Atomics.exchange(next, 0, 0) + next[0];
  const all = Array.from({ length: 20 }, () => reserve.spawn(next, out));
  for (const it of all) await it;
  const more = Atomics.add(next, 0, 1);
  const task = parallelFor(
    4,
    (_i, next) => {
      Atomics.or(next, 0, 1); // race
    },
    next,
  );
  await peek.spawn(next);
  await task;
  return counted === 20 && more === 20 ? 0 : 1;
}
