import { type MainArguments, sharedArray, world } from "heddle";

/** What lower ranks have done comes before what higher ones go on with. */
export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", places, { block: 1 });
  a.local[0] = 1;
  await world.scan(1, "sum");
  for (let p = 0; p <= place; p++) await a.get(p);
  await world.barrier();
  if (place < places - 1) {
    await world.scan(1, "sum", { exclusive: true });
    await a.get(place + 1); // race
  } else {
    a.local[0] = 2; // race
    await world.scan(1, "sum", { exclusive: true });
  }
  await a.free();
}
