import { shared, task } from "heddle";

const add = task(import.meta, (a: Int32Array, value: number): void => {
  a[0] += value;
});

const both = task(import.meta, (a: Int32Array): void => {
  add.spawn(a, 1).join();
  const two = add.spawn(a, 2);
  two.join();
  add(a, 3);
});

export async function main() {
  const a = shared.int32(1);
  await both.spawn(a);
  await both.spawn(a);
}
