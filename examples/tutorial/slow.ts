/** Where the tutorial begins: tasks, and yet nothing runs at the same time. */
import { shared, task } from "heddle";
import { equalized, fingerprint, height, levels, paintRow, width } from "./image.ts";

const paint = task(import.meta, (y: number, image: Uint8Array): void => paintRow(y, image));

const count = task(import.meta, (image: Uint8Array): number[] => {
  const counts = new Array<number>(levels).fill(0);
  for (const it of image) counts[it]!++;
  return counts;
});

const level = task(import.meta, (y: number, image: Uint8Array, table: Uint8Array): void => {
  for (let i = y * width; i < (y + 1) * width; i++) image[i] = table[image[i]!]!;
});

export async function main() {
  const image = shared.uint8(width * height);
  const begin = performance.now();
  for (let y = 0; y < height; y++) await paint.spawn(y, image);
  const table = shared.from(equalized(await count.spawn(image)));
  for (let y = 0; y < height; y++) await level.spawn(y, image, table);
  console.error(`${(performance.now() - begin).toFixed(0)} ms`);
  console.log(fingerprint(image));
}
