/** The fourth step: no pause between the phases; who paints the last row makes the table. Or so it was meant. */
import { type Future, finish, type HeddlePromise, promise, shared, task } from "heddle";
import { equalized, fingerprint, height, levels, paintRow, width } from "./image.ts";

type Table = HeddlePromise<Uint8Array>;

const paint = task(import.meta, (y: number, image: Uint8Array, counts: Int32Array, done: Int32Array, table: Table): void => {
  paintRow(y, image);
  for (let i = y * width; i < (y + 1) * width; i++) Atomics.add(counts, image[i]!, 1);
  if (Atomics.add(done, 0, 1) === height) table.put(shared.from(equalized(counts)));
});

const level = task(import.meta, function* (y: number, image: Uint8Array, coming: Future<Uint8Array>) {
  const table = yield* coming;
  for (let i = y * width; i < (y + 1) * width; i++) image[i] = table[image[i]!]!;
});

export async function main() {
  const image = shared.uint8(width * height);
  const [counts, done] = [shared.int32(levels), shared.int32(1)];
  const table = promise<Uint8Array>();
  const begin = performance.now();
  await finish(async () => {
    for (let y = 0; y < height; y++) paint.spawn(y, image, counts, done, table);
    for (let y = 0; y < height; y++) level.spawn(y, image, table.future);
  });
  console.error(`${(performance.now() - begin).toFixed(0)} ms`);
  console.log(fingerprint(image));
}
