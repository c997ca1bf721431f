import { parallelFor, shared } from "heddle";

export async function main() {
  const a = shared.float64(200);
  const b = shared.float64(200);
  await parallelFor(
    200,
    (i, a) => {
      a[i] = i;
    },
    a,
  );
  await parallelFor(
    200,
    (i, a, b) => {
      b[i] = a[(i * 7) % 200] + a[i];
    },
    a,
    b,
  );
  await parallelFor(
    [
      [0, 10],
      [0, 20],
    ],
    (i, j, b) => {
      b[i * 20 + j]++;
    },
    b,
  );
  await parallelFor(
    { to: 200, tile: 16, mode: "chunked" },
    (i, b) => {
      b[i]++;
    },
    b,
  );
  await parallelFor.blocks(
    200,
    (lo, hi, b) => {
      for (let i = lo; i < hi; i++) b[i]++;
    },
    b,
  );
  b[0] = b[199];
}
