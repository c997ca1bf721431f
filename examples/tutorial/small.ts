/** The second step: everything is spawned before anything is awaited, but the tasks are too small. */
import { finish, shared, task } from "heddle";
import { brightness, equalized, fingerprint, height, levels, width } from "./image.ts";

const paint = task(import.meta, (i: number, image: Uint8Array): void => {
  image[i] = brightness(i % width, Math.floor(i / width));
});

const count = task(import.meta, (image: Uint8Array): number[] => {
  const counts = new Array<number>(levels).fill(0);
  for (const it of image) counts[it]!++;
  return counts;
});

const level = task(import.meta, (i: number, image: Uint8Array, table: Uint8Array): void => {
  image[i] = table[image[i]!]!;
});

const paintAll = task(import.meta, (image: Uint8Array): void => {
  finish(() => {
    for (let i = 0; i < image.length; i++) paint.spawn(i, image);
  });
});

const levelAll = task(import.meta, (image: Uint8Array, table: Uint8Array): void => {
  finish(() => {
    for (let i = 0; i < image.length; i++) level.spawn(i, image, table);
  });
});

export async function main() {
  const image = shared.uint8(width * height);
  const begin = performance.now();
  await paintAll.spawn(image);
  const table = shared.from(equalized(await count.spawn(image)));
  await levelAll.spawn(image, table);
  console.error(`${(performance.now() - begin).toFixed(0)} ms`);
  console.log(fingerprint(image));
}
