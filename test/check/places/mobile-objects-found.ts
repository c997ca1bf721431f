import { type MainArguments, mobile, shared } from "heddle";

class Counts {
  counts: Int32Array = shared.int32(4);
  constructor() {
    this.counts.fill(1);
  }
  add(i: number): number {
    return ++this.counts[i];
  }
}
const counts = mobile(import.meta, Counts);

/** Who finds an object by its name knows nothing of who made it: yet it was made before. */
export async function main({ place }: MainArguments) {
  if (place === 1) await counts.named("found").create();
  if (place !== 2) return;
  for (;;) {
    const it = await counts.find("found").catch(() => null);
    if (it !== null) return (await it.add(0)) === 2 ? 0 : 1;
  }
}
