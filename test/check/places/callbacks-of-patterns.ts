/** Makers of mobile objects, actions of phasers, comparators, keys and combining functions: what waits for them comes after them. */
import {
  finish,
  type MainArguments,
  mobile,
  type Phaser,
  phaser,
  reduce,
  type SharedArray,
  shared,
  sharedArray,
  sort,
  task,
  world,
} from "heddle";

type Int32 = SharedArray<Int32Array<SharedArrayBuffer>>;

class Made {
  counts: Int32Array = shared.int32(2);
  constructor(a: Int32, k: number) {
    this.counts[0]++;
    a.local[k]++;
  }
  get(): number {
    return this.counts[0];
  }
}
const made = mobile(import.meta, Made);

const creates = task(import.meta, async (a: Int32, k: number): Promise<number> => {
  const it = await made.create(a, k);
  a.local[k]++;
  return it.get();
});

const steps = task(import.meta, async (ph: Phaser, x: Int32Array, i: number): Promise<void> => {
  x[i]++;
  await ph.next(() => {
    x[0]++;
    x[1]++;
  });
  x[i]++;
});

async function patterns(x: Int32Array<SharedArrayBuffer>): Promise<void> {
  await sort(x, { compare: (p, q) => q - p });
  x[0]++;
  await sort(x, { by: (p) => p });
  x[0]++;
  await reduce(x, { identity: 0, combine: (p, q) => p + q });
  x[0]++;
}

export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", 4 * places, { block: 4 });
  const it = await made.at((place + 1) % places).create(a, 0);
  await it.get();
  await world.barrier();
  a.local[0]++;
  await creates.spawn(a, 1);
  a.local[1]++;
  const x = shared.int32(4);
  await finish(async () => {
    const ph = phaser();
    for (let i = 0; i < 2; i++) steps.with({ phased: [ph] }).spawn(ph, x, i);
    ph.drop();
  });
  x[0]++;
  await patterns(x);
  await world.barrier();
  if (place === 0) {
    await sort(a, { compare: (p, q) => q - p });
    a.local[0]++;
    await reduce(a, { identity: 0, combine: (p, q) => p + q });
    a.local[0]++;
  }
  await world.barrier();
  await a.free();
}
