import { reduce, shared } from "heddle";

/** Each element has a vector of its own on the heap, and combining works on those of two neighbours. */
export async function main() {
  const total = await reduce(
    50,
    {
      identity: () => new Float64Array(4),
      combine: (x: Float64Array, y: Float64Array) => {
        for (let i = 0; i < 4; i++) x[i] += y[i];
        return x;
      },
      map: (i, pool) => {
        const part = pool.subarray(i * 4, i * 4 + 4);
        for (let k = 0; k < 4; k++) part[k] = i;
        return part;
      },
    },
    shared.float64(200),
  );
  return total[0] === 1225 ? 0 : 1;
}
