import { shared, sort, task } from "heddle";

const first = task(import.meta, (a: Float64Array): number => a[0]); // race

export async function main() {
  const a = shared.float64(2000);
  for (let i = 0; i < a.length; i++) a[i] = (i * 7919) % 2000;
  await sort(a);
  const b = shared.from(a);
  await sort(b, { compare: (x: number, y: number) => y - x });
  b[0] += a[0];
  const sorting = sort(a, { by: (x: number) => -x }); // race
  await first.spawn(a);
  await sorting;
  return a[0] === 1999 ? 0 : 1;
}
