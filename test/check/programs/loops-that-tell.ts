import { parallelFor, shared, task } from "heddle";

const write = task(import.meta, (a: Int32Array): void => {
  a[0] = 1; // race
});

/** The task comes after the read of the iteration that spawns it, not after those of the others. */
export async function main() {
  await parallelFor(
    8,
    (i, a, write) => {
      a[0] + a[1]; // race
      if (i === 0) write.spawn(a);
    },
    shared.int32(2),
    write,
  );
}
