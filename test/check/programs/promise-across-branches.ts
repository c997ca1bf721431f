import { type HeddlePromise, promise, shared, task } from "heddle";

const link = task(import.meta, function* (a: Int32Array, i: number, before: HeddlePromise<void>, after: HeddlePromise<void>) {
  yield* before.future;
  a[0] += i;
  after.put(undefined);
});

/** A chain of tasks that only promises order, spawned from the last to the first. */
export async function main() {
  const a = shared.int32(1);
  const links = Array.from({ length: 20 }, () => promise<void>());
  const all = [];
  for (let i = 18; i >= 0; i--) all.push(link.spawn(a, i, links[i], links[i + 1]));
  links[0].put(undefined);
  await links[19].future;
  a[0]++;
  for (const it of all) await it;
}
