import { parallelFor, shared, task } from "heddle";

const put = task(import.meta, (a: Int32Array, at: number): void => {
  a[at] = 1; // race
});

const body = task(import.meta, (i: number, a: Int32Array): void => {
  put.spawn(a, i % 4).join();
  a[(i % 4) + 4] = i; // race
});

export async function main() {
  const a = shared.int32(8);
  await parallelFor(8, body, a);
  return a[0] === 1 ? 0 : 1;
}
