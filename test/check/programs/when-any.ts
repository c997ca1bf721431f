import { shared, task, whenAny } from "heddle";

const put = task(import.meta, (a: Int32Array, i: number): number => {
  a[i] = i + 1; // race
  return i;
});

export async function main() {
  const a = shared.int32(2);
  const one = put.spawn(a, 0);
  const two = put.spawn(a, 1);
  const first = await whenAny([one, two]);
  const known = a[first];
  const unknown = a[1 - first]; // race
  await one;
  await two;
  return known + unknown + a[0] + a[1] > 0 ? 0 : 1;
}
