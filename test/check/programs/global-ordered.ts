import type { GlobalPtr } from "../../../src/index.ts";
import {
  copy,
  finish,
  heapAt,
  parallelFor,
  reduce,
  shared,
  sharedArray,
  sharedLock,
  sharedVar,
  sort,
  task,
  world,
} from "../../../src/index.ts";

type Int32 = GlobalPtr<Int32Array<SharedArrayBuffer>>;

const writes = task(import.meta, async (p: Int32): Promise<void> => p.put(7, 1));
const adds = task(import.meta, async (p: Int32): Promise<void> => {
  await p.add(1);
  await p.max(3, 2);
});

export async function main() {
  const p = await heapAt(0).int32(8);
  await p.put(1);
  await p.put(2);
  if ((await p.get()) !== 2) return 1;
  await writes.spawn(p);
  await p.write([7, 8, 9, 10], 1);
  if ((await p.read(4, 1))[2] !== 9) return 1;

  // Awaited together, and different elements.
  await Promise.all([p.put(1, 2), p.put(1, 3), p.put(1, 4)]);
  p.local().fill(0);

  // What a finish scope has begun.
  await finish(async () => {
    void p.put(3);
    void p.write([1, 2], 4);
  });
  if (p.local()[5] !== 2) return 1;

  // Atomic operations do not race with each other.
  await Promise.all([adds.spawn(p), adds.spawn(p), p.add(1), p.exchange(4)]);
  await p.get();

  const here = shared.int32(8);
  await copy(p, here, 8);
  here[0] = here[1];
  await copy(here, p.plus(4), 4);
  await p.read();

  const a = await sharedArray("float64", 100);
  for (let i = 0; i < 100; i++) a.set(i, 100 - i);
  await a.update("add", [3, 4, 3], [1, 1, 1]);
  await world.barrier();
  await parallelFor(
    a.domain,
    (i, a) => {
      a.set(i, a.at(i) + 1);
    },
    a,
  );
  const sum = await reduce(a, { identity: 0, combine: (x, y) => x + y });
  await sort(a);
  await a.fill(sum);
  await a.put(3, 4);
  await a.write([1, 2, 3], 10);
  if ((await a.read(0, 5))[3] !== 4) return 1;
  await a.free();

  const v = await sharedVar("int32", 3);
  const lock = sharedLock();
  {
    using _turn = await lock.lock();
    await v.put((await v.get()) + 1);
  }
  await v.free();
  await p.free();
  return 0;
}
