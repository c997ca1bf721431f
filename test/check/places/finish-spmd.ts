import { finish, type MainArguments, type SharedArray, sharedArray, task, world } from "heddle";

type Int32 = SharedArray<Int32Array<SharedArrayBuffer>>;

const put = task(import.meta, async (a: Int32, i: number): Promise<void> => {
  void a.put(i, i); // the scope waits for it
});
const onwards = task(import.meta, async (a: Int32, place: number, i: number): Promise<void> => {
  put.at(place).spawn(a, i);
});

export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", 4 * places);
  await finish.spmd(async () => {
    for (let k = 0; k < 4; k++) onwards.at((place + k) % places).spawn(a, (place + 1) % places, 4 * place + k);
  });
  const all = await a.read();
  await world.barrier();
  a.local.fill(0);
  await a.free();
  return all.every((it, i) => it === i) ? 0 : 1;
}
