import { finish, shared, task } from "heddle";

const tree = task(import.meta, (a: Int32Array, i: number): void => {
  a[i] = i;
  if (2 * i + 1 < a.length) tree.spawn(a, 2 * i + 1);
  if (2 * i + 2 < a.length) tree.spawn(a, 2 * i + 2);
});

const plain = task(import.meta, (a: Int32Array): void => {
  finish(() => {
    tree.spawn(a, 0);
  });
  for (let i = 0; i < a.length; i++) a[i] *= 2;
});

const steps = task(import.meta, function* (a: Int32Array) {
  yield* finish(function* () {
    yield* tree.spawn(a, 0);
  });
  for (let i = 0; i < a.length; i++) a[i] *= 2;
});

export async function main() {
  const a = shared.int32(40);
  await plain.spawn(a);
  await steps.spawn(a);
  await finish(async () => {
    tree.spawn(a, 0);
  });
  for (let i = 0; i < a.length; i++) a[i] *= 2;
}
