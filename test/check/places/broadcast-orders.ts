import { type MainArguments, sharedArray, world } from "heddle";

/** What the root has done comes before what the others go on with, not the other way round. */
export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", 2 * places, { block: 2 });
  if (place === 1) for (let p = 0; p < places; p++) await a.put(2 * p, 5);
  const list = await world.broadcast(place === 1 ? [1, 2, 3] : null, 1);
  const right = a.local[0] === 5 && list!.length === 3;
  a.local[1] = 1; // race
  await world.broadcast(place, 1);
  if (place === 1) await a.get(2 * places - 1); // race
  await a.free();
  return right ? 0 : 1;
}
