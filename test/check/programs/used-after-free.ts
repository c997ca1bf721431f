import { shared, task } from "heddle";

const free = task(import.meta, (a: Float64Array<SharedArrayBuffer>): void => {
  shared.free(a); // race
});

const others = task(import.meta, (): number => {
  const b = shared.float64(8).fill(1);
  const value = b[3];
  shared.free(b);
  return value;
});

const use = task(import.meta, (a: Float64Array): void => {
  a[3] = 1; // race
});

/** In the serial run the array is freed first. */
export async function main() {
  const a = shared.float64(8);
  const all = [free.spawn(a), others.spawn(), use.spawn(a)];
  for (const it of all) await it;
  return (await others.spawn()) === 1 ? 0 : 1;
}
