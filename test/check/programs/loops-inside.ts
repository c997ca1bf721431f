import { finish, parallelFor, shared, task } from "heddle";

const put = task(import.meta, (a: Int32Array, i: number): void => {
  a[i] = i;
});

const total = task(import.meta, (a: Int32Array): number => {
  parallelFor(
    a.length,
    (i, a) => {
      a[i]++;
    },
    a,
  ).join();
  return a[0] + a[a.length - 1];
});

const rows = task(import.meta, (i: number, a: Int32Array): void => {
  const row = a.subarray(i * 8, (i + 1) * 8);
  finish(() => {
    for (let k = 0; k < 8; k++) put.spawn(row, k);
  });
  row[0] += row[7];
  total.spawn(row).join();
  row[1] = row[0];
});

export async function main() {
  const a = shared.int32(64);
  await parallelFor(8, rows, a);
  a[0]++;
}
