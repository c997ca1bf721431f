import { type MainArguments, sharedArray, world } from "heddle";

/** What all have done comes before what the root goes on with, not the other way round. */
export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", 2 * places, { block: 2 });
  a.local[0] = place;
  await world.gather(place, 2);
  if (place === 2) for (let p = 0; p < places; p++) await a.get(2 * p);
  await world.barrier();
  a.local[0] = 2 * place;
  await world.reduce(place, "sum", 2);
  if (place === 2) for (let p = 0; p < places; p++) await a.get(2 * p);
  if (place === 2) await a.put(1, 7); // race
  for (let i = 0; place === 0 && i < 50; i++) await null; // so that it comes last
  await world.reduce(place, (x, y) => x + y, 2);
  if (place === 0) a.local[1]; // race
  await a.free();
}
