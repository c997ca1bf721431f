import { shared, task } from "heddle";

const put = task(import.meta, (a: Int32Array, value: number): void => {
  a[0] = value; // race
});

const both = task(import.meta, (a: Int32Array): void => {
  const one = put.spawn(a, 1);
  const two = put.spawn(a, 2);
  one.join();
  two.join();
});

export async function main() {
  await both.spawn(shared.int32(1));
}
