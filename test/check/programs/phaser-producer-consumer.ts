import { finish, type Phaser, phaser, shared, task } from "heddle";

const produce = task(import.meta, (a: Int32Array, ph: Phaser): void => {
  for (let i = 0; i < a.length; i++) {
    a[i] = i;
    ph.signal();
  }
});

const consume = task(import.meta, function* (a: Int32Array, out: Int32Array, ph: Phaser) {
  for (let i = 0; i < a.length; i++) {
    yield* ph.wait();
    out[0] += a[i];
  }
});

const greedy = task(import.meta, function* (b: Int32Array, ph: Phaser) {
  let sum = 0;
  for (let i = 0; i < b.length; i++) {
    sum += b[i]; // race
    yield* ph.wait();
  }
  return sum;
});

const produceOther = task(import.meta, (b: Int32Array, ph: Phaser): void => {
  for (let i = 0; i < b.length; i++) {
    b[i] = i; // race
    ph.signal();
  }
});

const run = task(import.meta, async (a: Int32Array, b: Int32Array, out: Int32Array): Promise<void> => {
  await finish(async () => {
    const ph = phaser();
    consume.with({ phased: [{ phaser: ph, mode: "wait" }] }).spawn(a, out, ph);
    produce.with({ phased: [{ phaser: ph, mode: "signal" }] }).spawn(a, ph);
  });
  await finish(async () => {
    const ph = phaser();
    greedy.with({ phased: [{ phaser: ph, mode: "wait" }] }).spawn(b, ph);
    produceOther.with({ phased: [{ phaser: ph, mode: "signal" }] }).spawn(b, ph);
  });
});

export async function main() {
  await run.spawn(shared.int32(10), shared.int32(10), shared.int32(1));
}
