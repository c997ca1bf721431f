import { parallelFor, shared, task } from "heddle";

const total = task(import.meta, (a: Float64Array): number => {
  let sum = 0;
  for (const x of a) sum += x;
  return sum;
});

export async function main() {
  const a = shared.float64(50).fill(1);
  const out = shared.float64(100);
  const sums = [total.spawn(a), total.spawn(a), total.spawn(a)];
  await parallelFor(
    100,
    (i, a, out) => {
      for (let k = 0; k < 50; k++) out[i] += a[k];
    },
    a,
    out,
  );
  for (const sum of sums) await sum;
  a[0] = 2;
}
