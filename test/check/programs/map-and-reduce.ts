import { map, reduce, scan, shared } from "heddle";

export async function main() {
  const a = shared.float64(100).fill(2);
  const b = shared.float64(100);
  await map.into(b, a, (x) => x * x);
  await map.into(b, b, (x) => x + 1);
  const sum = await reduce(b, { identity: 0, combine: (x: number, y: number) => x + y });
  await scan.into(b, b, { identity: 0, combine: (x: number, y: number) => x + y });
  const squares = await map(a, (x) => x * x);
  a[0] = b[99] + squares[0];
  return sum === 500 ? 0 : 1;
}
