import { type MainArguments, sharedVar, world } from "heddle";

export async function main({ place, places }: MainArguments) {
  const [early, late] = [await sharedVar("int32", 0), await sharedVar("int32", 0)];
  const done = place === places - 1 ? early.get() : null; // race
  await late.get();
  await world.barrier();
  if (place === 0) await Promise.all([early.free(), late.free()]); // race
  await done;
}
