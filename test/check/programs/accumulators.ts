import { finish, parallelFor, shared, sum, task } from "heddle";

const add = task(import.meta, (i: number, a: Float64Array, total: ReturnType<typeof sum>): void => {
  total.add(a[i]);
});

export async function main() {
  const a = shared.float64(30).fill(2);
  const total = sum();
  await finish(async () => {
    for (let i = 0; i < 30; i++) add.spawn(i, a, total);
  });
  await parallelFor(30, add, a, total);
  a[0] = total.value;
}
