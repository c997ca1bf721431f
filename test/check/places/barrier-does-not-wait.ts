import { copy, type MainArguments, shared, sharedArray, world } from "heddle";

export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("float64", 8 * places, { block: 8 });
  const mine = shared.float64(8);
  const copied = copy(mine, a.pointerTo(8 * ((place + 1) % places)), 8); // race
  await world.barrier();
  a.local[3] += 1; // race
  await copied;
  await a.free();
}
