import type { GlobalPtr, SharedLock } from "../../../src/index.ts";
import { heapAt, shared, sharedLock, task } from "../../../src/index.ts";

type Int32 = GlobalPtr<Int32Array<SharedArrayBuffer>>;

const adds = task(import.meta, async (lock: SharedLock, p: Int32): Promise<void> => {
  using _turn = await lock.lock();
  await p.put((await p.get()) + 1);
});
const addsByGenerator = task(import.meta, function* (lock: SharedLock, a: Int32Array): Generator<unknown, void, unknown> {
  const turn = yield* lock.lock();
  a[0]++;
  yield* half.spawn(a);
  turn.unlock();
});
const half = task(import.meta, (a: Int32Array): void => {
  a[1] += 2;
});
const forgets = task(import.meta, async (lock: SharedLock, p: Int32): Promise<void> => {
  await lock.lock().then((turn) => turn.unlock());
  await p.put((await p.get(1)) + 1, 1); // race
});
const leaves = task(import.meta, async (lock: SharedLock, p: Int32): Promise<void> => {
  const turn = await lock.lock();
  const late = p.put(1, 2); // race
  turn.unlock();
  await late;
});
const writesFirst = task(import.meta, async (lock: SharedLock, p: Int32): Promise<void> => {
  await p.put(1, 3); // race
  (await lock.lock()).unlock();
});
const readsLast = task(import.meta, async (lock: SharedLock, p: Int32): Promise<void> => {
  (await lock.lock()).unlock();
  await p.get(3); // race
});
/** The lock is handed from the one to the other: that orders nothing either. */
const holdsLong = task(import.meta, async (lock: SharedLock, p: Int32): Promise<void> => {
  await p.put(1, 7); // race
  using _turn = await lock.lock();
  for (let i = 0; i < 50; i++) await null;
});
const waitsLong = task(import.meta, async (lock: SharedLock, p: Int32): Promise<void> => {
  for (let i = 0; i < 20; i++) await null;
  (await lock.lock()).unlock();
  await p.get(7); // race
});
const locksAnother = task(import.meta, async (lock: SharedLock, p: Int32): Promise<void> => {
  using _turn = await lock.lock();
  await p.put(1, 4); // race
});
const nests = task(import.meta, async (outer: SharedLock, inner: SharedLock, p: Int32): Promise<void> => {
  using _turn = await outer.lock();
  await p.add(0, 5);
  {
    using _second = await inner.lock();
    await p.put((await p.get(6)) + 1, 6);
  }
  await p.put((await p.get(5)) + 1, 5);
});

export async function main() {
  const p = await heapAt(0).int32(8);
  const a = shared.int32(2);
  const [one, other] = [sharedLock(), sharedLock()];
  const all: PromiseLike<unknown>[] = [];
  for (let i = 0; i < 3; i++) all.push(adds.spawn(one, p), addsByGenerator.spawn(one, a), nests.spawn(one, other, p));
  for (let i = 0; i < 2; i++) all.push(forgets.spawn(one, p), leaves.spawn(one, p));
  all.push(readsLast.spawn(one, p), writesFirst.spawn(one, p), readsLast.spawn(one, p));
  all.push(locksAnother.spawn(one, p), locksAnother.spawn(other, p));
  await Promise.all(all);
  const third = sharedLock();
  await Promise.all([holdsLong.spawn(third, p), waitsLong.spawn(third, p)]);
  return a[1] === 6 && (await p.get()) === 3 && (await p.get(6)) === 3 ? 0 : 1;
}
