import type { GlobalPtr } from "heddle";
import { heapAt, type MainArguments, task } from "heddle";

type Int32 = GlobalPtr<Int32Array<SharedArrayBuffer>>;

const reads = task(
  import.meta,
  async (p: Int32): Promise<number> => p.get(1), // race
);

export async function main({ place, places }: MainArguments) {
  if (place !== 0) return;
  const p = await heapAt(places - 1).int32(3);
  const early = p.put(1); // race
  await p.get(); // race
  await early;

  const put = p.put(2, 1); // race
  await reads.at(places - 1).spawn(p);
  p.get(1); // race
  await put;

  await p.put(3, 2);
  await p.get(2);
}
