/** The third step: loops that heddle divides itself. Counting is divided as well, and that is wrong. */
import { parallelFor, shared, task } from "heddle";
import { equalized, fingerprint, height, levels, paintRow, width } from "./image.ts";

const paint = task(import.meta, (y: number, image: Uint8Array): void => paintRow(y, image));

const count = task(import.meta, (y: number, image: Uint8Array, counts: Int32Array): void => {
  for (let i = y * width; i < (y + 1) * width; i++) counts[image[i]!]!++;
});

const level = task(import.meta, (y: number, image: Uint8Array, table: Uint8Array): void => {
  for (let i = y * width; i < (y + 1) * width; i++) image[i] = table[image[i]!]!;
});

export async function main() {
  const image = shared.uint8(width * height);
  const counts = shared.int32(levels);
  const begin = performance.now();
  await parallelFor(height, paint, image);
  await parallelFor(height, count, image, counts);
  await parallelFor(height, level, image, shared.from(equalized(counts)));
  console.error(`${(performance.now() - begin).toFixed(0)} ms`);
  console.log(fingerprint(image));
}
