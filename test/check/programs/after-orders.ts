import { shared, task } from "heddle";

const put = task(import.meta, (a: Int32Array, i: number): number => {
  a[i] = i;
  return i;
});

const add = task(import.meta, (a: Int32Array, one: number, two: number): number => {
  a[4] += a[one] + a[two];
  return 4;
});

const inside = task(import.meta, function* (a: Int32Array) {
  const sum = add.after(a, put.spawn(a, 2), put.spawn(a, 3));
  return a[yield* add.with({ priority: "high" }).after(a, sum, 1)];
});

export async function main() {
  const a = shared.int32(5);
  const sum = add.after(a, put.spawn(a, 0), put.spawn(a, 1));
  const value = a[await add.after(a, sum, sum)];
  await inside.spawn(a);
  return value < 0 ? 1 : 0;
}
