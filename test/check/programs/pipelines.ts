import { parallel, pipeline, serial, shared, task } from "heddle";

const prepare = task(import.meta, (i: number, a: Int32Array): number => {
  a[i] = i;
  return i;
});

const log = task(import.meta, (i: number, a: Int32Array, count: Int32Array): number => {
  count[0] += a[i]; // one at a time
  return i;
});

const careless = task(import.meta, (i: number, a: Int32Array, count: Int32Array): number => {
  count[1] += a[i]; // race
  return i;
});

export async function main() {
  const a = shared.int32(20);
  const count = shared.int32(2);
  const items = Array.from({ length: 20 }, (_, i) => i);
  await pipeline(items, parallel(prepare, a), serial(log, a, count), parallel(careless, a, count));
  for (let i = 0; i < 20; i++) a[i] = count[0];
}
