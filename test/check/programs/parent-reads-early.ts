import { shared, task } from "heddle";

const put = task(import.meta, (a: Int32Array): void => {
  a[1] = 1; // race
});

const early = task(import.meta, (a: Int32Array): number => {
  const child = put.spawn(a);
  const seen = a[1]; // race
  child.join();
  return seen + a[1];
});

export async function main() {
  await early.spawn(shared.int32(2));
}
