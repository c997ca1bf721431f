import { type MainArguments, sharedArray, world } from "heddle";

export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", 4 * places, { block: 4 });
  const next = 4 * ((place + 1) % places);
  await a.put(next, place);
  await a.write([place, place], next + 1);
  await world.barrier();
  const from = (place + places - 1) % places;
  const right = a.local[0] === from && a.at(4 * place + 1) === from && a.local[2] === from;
  await world.barrier();
  for (let i = 0; i < 4; i++) a.local[i] = -1;
  await world.barrier();
  const all = await a.read();
  await a.free();
  return right && all.every((it) => it === -1) ? 0 : 1;
}
