import { type MainArguments, sharedArray, world } from "heddle";

/** A barrier of a team orders its members only. */
export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", 2 * places, { block: 2 });
  const pair = (await world.split(Math.floor(place / 2)))!;
  const partner = place ^ 1;
  await a.put(2 * partner, place);
  await pair.barrier();
  a.local[0]++;
  a.local[1] = place; // race
  await pair.barrier();
  await a.get(2 * partner + 1);
  if (place === 0) await a.get(2 * 2 + 1); // race
  await a.free();
}
