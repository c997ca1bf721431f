import { shared, task } from "heddle";

const work = task(import.meta, (a: Float64Array): number => {
  for (let i = 0; i < a.length; i++) a[i] = i;
  return a[a.length - 1];
});

/** Each task has memory that another one has had before it, and nothing orders the two. */
const owner = task(import.meta, (): number => {
  const region = shared.region();
  const a = region.float64(32);
  const value = work.spawn(a).join();
  region.free();
  return value;
});

export async function main() {
  const all = Array.from({ length: 10 }, () => owner.spawn());
  for (const it of all) await it;
  for (let i = 0; i < 20_000; i++) shared.free(shared.float64(32)); // freed memory is kept for a while
  for (let round = 0; round < 5; round++) {
    const a = shared.float64(32);
    await work.spawn(a);
    shared.free(a);
  }
}
