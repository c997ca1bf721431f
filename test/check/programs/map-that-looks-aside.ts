import { map, reduce, shared } from "heddle";

export async function main() {
  const a = shared.float64(100).fill(2);
  const scratch = shared.float64(1);
  await map.into(a, a, (x, a) => x + a[0], a); // race
  await reduce(
    100,
    {
      identity: 0,
      combine: (x: number, y: number) => x + y,
      map: (i, t) => {
        t[0] = i; // race
        return t[0]; // race
      },
    },
    scratch,
  );
}
