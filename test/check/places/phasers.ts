import { type Future, finish, type MainArguments, type Phaser, phaser, type SharedArray, sharedArray, task, world } from "heddle";

type Int32 = SharedArray<Int32Array<SharedArrayBuffer>>;

const stencil = task(import.meta, function* (ph: Phaser, a: Int32, me: number, places: number): Generator<Future<unknown>, void> {
  for (let step = 0; step < 3; step++) {
    yield* a.put(2 * me + (step & 1), step);
    yield* ph.next();
    yield* a.get(2 * ((me + 1) % places) + (step & 1));
  }
});
const forgets = task(import.meta, function* (ph: Phaser, a: Int32, me: number, places: number): Generator<Future<unknown>, void> {
  void a.put(2 * me, 1); // race
  yield* ph.next();
  yield* a.get(2 * ((me + 1) % places)); // race
});

export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", 2 * places, { block: 2 });
  for (const step of [stencil, forgets]) {
    if (place === 0) {
      await finish(async () => {
        const ph = phaser();
        for (let p = 0; p < places; p++)
          step
            .at(p)
            .with({ phased: [ph] })
            .spawn(ph, a, p, places);
        ph.drop();
      });
    }
    await world.barrier();
  }
  await a.free();
}
