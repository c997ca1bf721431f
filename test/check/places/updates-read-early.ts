import { type MainArguments, sharedArray, sharedVar } from "heddle";

export async function main({ place }: MainArguments) {
  const count = await sharedVar("int32", 0);
  const table = await sharedArray("int32", 16);
  await count.add(1); // race
  if (place === 1) await count.get(); // race
  await table.update("add", [3], [1]); // race
  table.local[3]; // race
  await table.free();
  if (count.isLocal) await count.free();
}
