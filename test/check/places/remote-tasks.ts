import { type MainArguments, place, type SharedArray, sharedArray, task, world } from "heddle";

type Int32 = SharedArray<Int32Array<SharedArrayBuffer>>;

const writeMine = task(import.meta, async (a: Int32): Promise<void> => {
  a.local.fill(place());
});
const writeFrom = task(import.meta, async (a: Int32, start: number): Promise<void> => {
  await a.write([1, 2, 3], start); // race
});

export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", 2 * places, { block: 2 });
  if (place === 0) {
    await Promise.all(Array.from({ length: places }, (_, p) => writeMine.at(p).spawn(a)));
    await a.read();
    // Three elements each, two apart.
    await Promise.all(Array.from({ length: places - 1 }, (_, p) => writeFrom.at(p).spawn(a, 2 * p)));
    await a.read();
  }
  await world.barrier();
  await a.free();
}
