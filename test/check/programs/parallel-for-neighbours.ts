import { parallelFor, shared } from "heddle";

export async function main() {
  const a = shared.float64(64);
  await parallelFor(
    63,
    (i, a) => {
      a[i] = a[i + 1] + 1; // race
    },
    a,
  );
  await parallelFor(
    { to: 64, tile: 64, mode: "chunked" },
    (i, a) => {
      a[i >> 1] = i; // race
    },
    a,
  );
  await parallelFor.blocks(
    64,
    (lo, hi, a) => {
      for (let i = lo; i < hi; i++) a[Math.max(0, i - 1)] = a[i]; // race
    },
    a,
  );
}
