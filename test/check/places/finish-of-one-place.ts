import { finish, type MainArguments, type SharedArray, sharedArray, task } from "heddle";

type Int32 = SharedArray<Int32Array<SharedArrayBuffer>>;

const put = task(import.meta, async (a: Int32, i: number): Promise<void> => {
  void a.put(i, i); // race
});

/** A finish at each place waits for the tasks of that place alone. */
export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", places, { block: 1 });
  await finish(async () => {
    put.at(0).spawn(a, (place + 1) % places);
  });
  await a.get((place + 1) % places);
  a.local[0]; // race
  await a.free();
}
