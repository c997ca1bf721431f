import { type MainArguments, sharedArray, world } from "heddle";

/** After each of these everybody knows what everybody has done. */
export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", places, { block: 1 });
  const together: (() => PromiseLike<unknown>)[] = [
    () => world.barrier(),
    () => world.allReduce(place, "sum"),
    () => world.allReduce(place, (x, y) => x + y),
    () => world.allGather(place),
    () => world.allToAll(new Array(places).fill(place)),
    () => world.split(0),
    () => world.once(() => 1),
  ];
  let sum = 0;
  for (const [i, operation] of together.entries()) {
    a.local[0] = i;
    await operation();
    for (const it of await a.read()) sum += it;
    await world.barrier();
  }
  await a.free();
  return sum === 21 * places ? 0 : 1;
}
