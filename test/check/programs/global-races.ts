import type { GlobalPtr } from "../../../src/index.ts";
import { copy, finish, heapAt, shared, sharedArray, task } from "../../../src/index.ts";

type Int32 = GlobalPtr<Int32Array<SharedArrayBuffer>>;

const writes = task(import.meta, async (p: Int32): Promise<void> => {
  await p.put(7, 1); // race
});
const forgets = task(import.meta, (p: Int32): void => {
  p.put(5); // race
});

export async function main() {
  const p = await heapAt(0).int32(8);
  const early = p.put(1); // race
  const late = p.get(); // race
  await early;
  await late;
  await p.put(2);

  const writer = writes.spawn(p);
  await p.put(8, 1); // race
  await writer;

  // The end of a task says nothing of what it has begun and not awaited.
  await forgets.spawn(p);
  p.local()[0] = 3; // race
  await finish(async () => {
    forgets.spawn(p).join;
  });
  p.local()[0] = 4;

  const here = shared.int32(8);
  const copied = copy(p, here, 8); // race
  here[0] = 9; // race
  await copied;

  const q = await heapAt(0).int32(8);
  const added = q.add(1, 3); // race
  await q.get(3); // race
  await added;

  const r = await heapAt(0).int32(8);
  const several = r.write([1, 2], 5); // race
  await r.read(1, 6); // race
  await several;

  const a = await sharedArray("float64", 100);
  const written = a.write([1, 2, 3], 10); // race
  a.at(11); // race
  await written;
  const [one, other] = [a.put(5, 1), a.put(5, 2)]; // race
  await one;
  await other;
  const stored = a.update("store", [7, 8], [1, 2]); // race
  await a.read(0, 8); // race
  await stored;
}
