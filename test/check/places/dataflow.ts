import type { GlobalPtr } from "heddle";
import { heapAt, type MainArguments, task } from "heddle";

type Int32 = GlobalPtr<Int32Array<SharedArrayBuffer>>;

const put = task(import.meta, async (p: Int32, i: number): Promise<number> => {
  await p.put(i + 1, i);
  return i;
});
const add = task(
  import.meta,
  async (p: Int32, i: number, j: number): Promise<number> => (await p.get(i)) + (await p.get(j)) + (await p.get(2)), // race
);

export async function main({ place, places }: MainArguments) {
  if (place !== 0) return;
  const p = await heapAt(1).int32(3);
  const sum = add.at(places - 1).after(p, put.at(1).spawn(p, 0), put.spawn(p, 1));
  await p.put(0, 2); // race
  return (await sum) === 3 ? 0 : 1;
}
