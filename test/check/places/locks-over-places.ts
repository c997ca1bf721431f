import { type MainArguments, type SharedLock, sharedArray, sharedLock, world } from "heddle";

export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", 2);
  const lock: SharedLock | null = await world.broadcast(place === 0 ? sharedLock() : null);
  {
    using _turn = await lock!.lock();
    await a.put(0, (await a.get(0)) + 1);
  }
  await a.put(1, (await a.get(1)) + 1); // race
  await world.barrier();
  const count = await a.get(0);
  await a.free();
  return count === places ? 0 : 1;
}
