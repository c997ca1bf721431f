import type { GlobalPtr } from "heddle";
import { copy, heapAt, type MainArguments, shared, task } from "heddle";

type Float64 = GlobalPtr<Float64Array<SharedArrayBuffer>>;

const writesOnce = task(import.meta, async (p: Float64): Promise<void> => {
  await p.put(1, 3); // race
});
const writes = task(import.meta, async (p: Float64, i: number): Promise<void> => {
  await p.put(1, i); // race
});

export async function main({ place, places }: MainArguments) {
  if (place !== 0) return;
  const [from, to] = [await heapAt(1).float64(12), await heapAt(places - 1).float64(12)];
  // Every third element, and the others.
  const column = { run: 1, stride: 3 };
  await Promise.all([copy(from, to, 4, { from: column, to: column }), to.put(1, 1), to.put(1, 2), from.put(1, 4)]);

  const late = copy(from, to, 12); // race
  await writes.at(2).spawn(to, 5);
  await writes.at(2).spawn(from, 6);
  await late;
  const mine = shared.float64(12);
  const fetched = copy(from, mine, 2, { from: { indexes: [2, 7] } }); // race
  mine[1]; // race
  mine[2] = 1;
  await writes.at(1).spawn(from, 3);
  await fetched;
  const [other, unread] = [await heapAt(1).float64(12), await heapAt(0).float64(12)];
  const taken = copy(other, unread, 12); // race
  await writesOnce.at(2).spawn(other);
  await taken;
  await other.free();
  await unread.free();
  await from.free();
  await to.free();
}
