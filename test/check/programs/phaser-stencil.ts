import { finish, type Phaser, phaser, shared, task } from "heddle";

const relax = task(import.meta, function* (from: Float64Array, to: Float64Array, i: number, steps: number, ph: Phaser) {
  for (let step = 0; step < steps; step++) {
    const [a, b] = step % 2 === 0 ? [from, to] : [to, from];
    b[i] = (a[i - 1] + a[i + 1]) / 2;
    yield* ph.next();
  }
});

const run = task(import.meta, async (from: Float64Array, to: Float64Array): Promise<number> => {
  await finish(async () => {
    const ph = phaser();
    for (let i = 1; i < from.length - 1; i++) relax.with({ phased: [ph] }).spawn(from, to, i, 6, ph);
  });
  return from[5];
});

export async function main() {
  const from = shared.float64(12).fill(1);
  await run.spawn(from, shared.float64(12));
}
