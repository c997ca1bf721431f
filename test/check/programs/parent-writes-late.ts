import { shared, task } from "heddle";

const look = task(import.meta, (a: Float64Array): number => a[0]); // race

const late = task(import.meta, (a: Float64Array): number => {
  a[0] = 1;
  const child = look.spawn(a);
  a[0] = 2; // race
  return child.join();
});

export async function main() {
  await late.spawn(shared.float64(1));
}
