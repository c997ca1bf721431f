/** Where the tutorial ends. */
import { parallelFor, shared, task } from "heddle";
import { equalized, fingerprint, height, levels, paintRow, width } from "./image.ts";

const paint = task(import.meta, (y: number, image: Uint8Array, counts: Int32Array): void => {
  paintRow(y, image);
  const own = new Int32Array(levels);
  for (let i = y * width; i < (y + 1) * width; i++) own[image[i]!]!++;
  for (let it = 0; it < levels; it++) if (own[it]! > 0) Atomics.add(counts, it, own[it]!);
});

const level = task(import.meta, (y: number, image: Uint8Array, table: Uint8Array): void => {
  for (let i = y * width; i < (y + 1) * width; i++) image[i] = table[image[i]!]!;
});

export async function main() {
  const image = shared.uint8(width * height);
  const counts = shared.int32(levels);
  const begin = performance.now();
  await parallelFor(height, paint, image, counts);
  await parallelFor(height, level, image, shared.from(equalized(counts)));
  console.error(`${(performance.now() - begin).toFixed(0)} ms`);
  console.log(fingerprint(image));
}
