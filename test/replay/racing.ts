/** Which place is slow, an environment variable says: so the order of a replay would be another one by itself. */
import { type HeddlePromise, type MainArguments, place, promise, task, whenAny } from "heddle";

const isSlow = (): boolean => process.env.SLOW === String(place());
const wait = (): void => {
  const until = performance.now() + (isSlow() ? 700 : 0);
  while (performance.now() < until);
};

const race = task(import.meta, (): number => {
  wait();
  return place();
});
const puts = task(import.meta, (first: HeddlePromise<number>): void => {
  wait();
  first.put(place());
});
const extra = task(import.meta, (): void => {});
const calls = task(import.meta, async (): Promise<void> => {
  if (process.env.MODE === "other") await extra.spawn();
  await race.spawn();
});

export async function main({ place: here }: MainArguments, mode = process.env.MODE) {
  process.on("uncaughtException", () => {}); // who puts too late is told so
  if (here !== 0) return;
  await calls.at(1).spawn();
  const both = [race.at(1).spawn(), race.at(2).spawn()];
  const fastest = await whenAny(both);
  for (const it of both) await it;
  const first = promise<number>();
  const ends = [puts.at(1).spawn(first), puts.at(2).spawn(first)];
  const winner = await first.future;
  for (const it of ends) await it;
  console.log(`${fastest} ${winner}`);
  if (mode === "fail") {
    console.error(`place ${fastest} was first`);
    return 3;
  }
}
