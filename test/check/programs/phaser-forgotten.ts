import { finish, type Phaser, phaser, shared, task } from "heddle";

const relax = task(import.meta, function* (a: Float64Array, i: number, steps: number, ph: Phaser) {
  for (let step = 0; step < steps; step++) {
    a[i] = (a[i - 1] + a[i + 1]) / 2; // race
    yield* ph.next();
  }
});

const run = task(import.meta, async (a: Float64Array): Promise<void> => {
  await finish(async () => {
    const ph = phaser();
    for (let i = 1; i < a.length - 1; i++) relax.with({ phased: [ph] }).spawn(a, i, 3, ph);
  });
});

export async function main() {
  await run.spawn(shared.float64(8).fill(1));
}
