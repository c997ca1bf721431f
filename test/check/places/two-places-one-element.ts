import { type MainArguments, sharedVar, world } from "heddle";

export async function main({ place }: MainArguments) {
  const last = await sharedVar("int32", 0);
  await last.put(place); // race
  await world.barrier();
  await last.get();
  await world.barrier();
  if (last.isLocal) await last.free();
}
