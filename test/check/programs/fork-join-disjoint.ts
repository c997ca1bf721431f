import { shared, task } from "heddle";

const fill = task(import.meta, (a: Int32Array, lo: number, hi: number): void => {
  if (hi - lo <= 8) {
    for (let i = lo; i < hi; i++) a[i] = i;
    return;
  }
  const middle = (lo + hi) >> 1;
  const right = fill.spawn(a, middle, hi);
  fill(a, lo, middle);
  right.join();
  a[lo] = a[hi - 1] + a[middle];
});

export async function main() {
  const a = shared.int32(100);
  await fill.spawn(a, 0, 100);
  for (let i = 0; i < 100; i++) a[i]++;
}
