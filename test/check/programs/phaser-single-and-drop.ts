import { finish, type Phaser, phaser, shared, task } from "heddle";

const member = task(import.meta, function* (a: Int32Array, i: number, ph: Phaser) {
  for (let step = 0; step < 3; step++) {
    a[i] += a[0];
    yield* ph.next(() => {
      for (let k = 1; k < a.length; k++) a[0] += a[k];
    });
  }
  a[i] = 1;
  if (i === 1) {
    ph.drop(); // what it wrote comes before the next phase
    return;
  }
  yield* ph.next();
  a[i] = a[1];
});

const run = task(import.meta, async (a: Int32Array): Promise<void> => {
  await finish(async () => {
    const ph = phaser();
    for (let i = 1; i < a.length; i++) member.with({ phased: [ph] }).spawn(a, i, ph);
  });
});

export async function main() {
  await run.spawn(shared.int32(4).fill(1));
}
