import { type MainArguments, sharedArray, sharedVar, world } from "heddle";

export async function main({ place, places }: MainArguments) {
  const count = await sharedVar("int32", 0);
  const table = await sharedArray("int32", 16);
  await Promise.all([count.add(1), table.update("add", [1, 5, 9], [1, 1, 1])]);
  await count.max(1);
  await world.barrier();
  const sum = (await count.get()) + (await table.get(5));
  await world.barrier();
  if (count.isLocal) await count.put(7);
  await world.barrier();
  const old = await count.compareExchange(7, place);
  await table.free();
  if (count.isLocal) await count.free();
  return sum === 2 * places && old < places + 7 + 1 ? 0 : 1;
}
