import { shared, task } from "heddle";

const put = task(import.meta, (a: Int32Array, i: number): number => {
  a[i] = i; // race
  return i;
});

const read = task(import.meta, (a: Int32Array, i: number): number => a[i] + a[i + 1]); // race

export async function main() {
  const a = shared.int32(2);
  const one = put.spawn(a, 0);
  const two = put.spawn(a, 1);
  await read.after(a, one);
  await two;
}
