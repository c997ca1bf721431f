import { shared, task, whenAll } from "heddle";

const put = task(import.meta, (a: Int32Array, i: number): number => {
  a[i] = i;
  return i;
});

export async function main() {
  const a = shared.int32(4);
  await whenAll([put.spawn(a, 0), put.spawn(a, 1), put.spawn(a, 2)]);
  a[3] = a[0] + a[1] + a[2];
}
