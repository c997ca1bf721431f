import { type MainArguments, shared, spawn, task, world } from "heddle";

const sums = task(import.meta, async (values: Float64Array): Promise<Float64Array> => {
  for (let i = 1; i < values.length; i++) values[i] += values[i - 1];
  return values;
});
const scribbles = task(import.meta, (a: Float64Array): void => {
  a[5] = 1; // race
});

/** An array on the heap goes to another place as a copy: what is done to that is nobody else's. */
export async function main({ place, places }: MainArguments) {
  const mine = shared.float64(8).fill(1);
  const other = (place + 1) % places;
  const [one, two] = [sums.at(other).spawn(mine), sums.at(other).spawn(mine)];
  mine[3] = 2;
  const sum = (await one)[7] + (await two)[7];
  await world.allGather(mine);
  mine[3] = 3;
  const scribbled = place === 0 ? scribbles.spawn(mine) : null;
  for (let i = 0; i < 50; i++) await null; // so that it writes before the copy is made
  const third = spawn([mine], (it: Float64Array) => it[7], { place: other }); // race
  await third;
  await scribbled;
  return sum === 16 ? 0 : 1;
}
