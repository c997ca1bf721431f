/** Works until the file that its first argument names is there: tasks of several names, of which some fail; arrays on the heap. */
import { existsSync } from "node:fs";
import { finish, type MainArguments, mark, shared, span, task } from "heddle";

export const tile = task(import.meta, (steps: number): number => {
  let x = 1;
  for (let i = 0; i < steps; i++) x += Math.sqrt(x);
  return x;
});

export const blur = task(import.meta, (tiles: number): void => {
  finish(() => {
    for (let i = 0; i < tiles; i++) tile.spawn(100_000 + 30_000 * (i % 7));
  });
});

export const fragile = task(import.meta, (i: number): number => {
  if (i >= 0) throw new RangeError("the tile lies outside of the image");
  return i;
});

export const fetchPart = task(import.meta, async (ms: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return tile(50_000);
});

export async function main(args: MainArguments) {
  const [stop, how] = args;
  for (let frame = 0; frame === 0 || !existsSync(stop!); frame++) {
    mark(`frame ${frame}`);
    const image = shared.float64(40_000 * (1 + (frame % 5)));
    await span("frame", async () => {
      await blur.spawn(12);
    });
    await Promise.allSettled([fragile.spawn(frame), fetchPart.spawn(20)]);
    shared.free(image);
    if (how === "leaves" && args.place === 1) process.exit(3);
  }
  if (how === "fails" || how === `fails at ${args.place}`) throw new TypeError("the program itself fails");
  if (how === "exits") process.exit(3);
}
