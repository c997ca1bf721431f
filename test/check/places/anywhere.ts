import type { GlobalPtr } from "heddle";
import { finish, heapAt, type MainArguments, parallelFor, task } from "heddle";

type Int32 = GlobalPtr<Int32Array<SharedArrayBuffer>>;

const own = task(import.meta, async (p: Int32, i: number): Promise<number> => {
  await p.put(i, i);
  return (await p.get(i)) + Number(await p.add(1, 10));
});
const common = task(import.meta, async (p: Int32): Promise<void> => {
  await p.put(1, 9); // race
});

export async function main({ place }: MainArguments) {
  if (place !== 0) return;
  const p = await heapAt(0).int32(11);
  await Promise.all(Array.from({ length: 6 }, (_, i) => own.anywhere.spawn(p, i)));
  await p.read();
  await finish(async () => {
    common.anywhere.spawn(p);
    common.anywhere.spawn(p);
  });
  await parallelFor({ to: 8, tile: 2, mode: "anywhere" }, (i, p) => void p.put(i, i), p);
  await p.read();
}
