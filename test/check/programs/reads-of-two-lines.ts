import { shared, task } from "heddle";

const read = task(import.meta, (a: Int32Array): number => {
  const first = a[0];
  const second = a[1]; // race
  return first + second;
});

const readAgain = task(import.meta, (a: Int32Array): number => {
  const first = a[0];
  const second = a[1]; // race
  return first - second;
});

const write = task(import.meta, (a: Int32Array): void => {
  a[1] = 1; // race
});

/** Of two lines that read, only one races. */
export async function main() {
  const a = shared.int32(2);
  const all = [read.spawn(a), readAgain.spawn(a), write.spawn(a)];
  for (const it of all) await it;
}
