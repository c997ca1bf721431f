import { type MainArguments, type Mobile, mobile, shared, task } from "heddle";

class Histogram {
  counts: Int32Array = shared.int32(4);
  total = 0;
  add(i: number): number {
    this.counts[i]++;
    return ++this.total;
  }
  async addLater(i: number): Promise<number> {
    this.counts[i]++;
    await null;
    this.counts[i]++;
    return this.counts[i];
  }
  read(): number[] {
    return [...this.counts];
  }
}
const histograms = mobile(import.meta, Histogram);

const adds = task(import.meta, async (it: Mobile<Histogram>): Promise<void> => {
  await it.add(1);
  await it.addLater(2);
});

/** Calls of one object run in turn: its arrays are its own. */
export async function main({ place, places }: MainArguments) {
  if (place !== 0) return;
  const it = await histograms.at(places - 1).create();
  const all = Array.from({ length: places }, (_, p) => adds.at(p).spawn(it));
  await it.migrate(1);
  for (const one of all) await one;
  const counts = await it.read();
  await it.destroy();
  return counts[1] === places && counts[2] === 2 * places ? 0 : 1;
}
