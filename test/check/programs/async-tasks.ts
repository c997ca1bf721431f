import { shared, task } from "heddle";

const put = task(import.meta, (a: Int32Array, i: number): void => {
  a[i] = i; // race
});

const careful = task(import.meta, async (a: Int32Array): Promise<number> => {
  const child = put.spawn(a, 0);
  await new Promise((resolve) => setImmediate(resolve));
  await child;
  return a[0];
});

const careless = task(import.meta, async (a: Int32Array): Promise<number> => {
  const child = put.spawn(a, 1);
  await new Promise((resolve) => setImmediate(resolve));
  const seen = a[1]; // race
  await child;
  return seen;
});

export async function main() {
  const a = shared.int32(2);
  await careful.spawn(a);
  await careless.spawn(a);
  await Promise.all([put.spawn(a, 0), put.spawn(a, 1)]);
  a[0] += a[1];
}
