/** The program on the dashboard's picture: frames of tiles, which take unequally long; now and then one fails. */
import { finish, mark, shared, span, task } from "heddle";

function grind(ms: number): number {
  const end = performance.now() + ms;
  let x = 0;
  while (performance.now() < end) x += Math.sqrt(x + 1);
  return x;
}

const tile = task(import.meta, (ms: number): number => grind(ms));

const blur = task(import.meta, (tiles: number): number => {
  const parts = Array.from({ length: tiles }, (_, i) => tile.spawn(2 + (i % 7)));
  return parts.reduce((sum, it) => sum + it.join(), 0);
});

const outline = task(import.meta, (i: number): number => {
  if (i % 3 === 0) throw new RangeError(`tile ${i} lies outside of the image`);
  return grind(5);
});

const load = task(import.meta, async (ms: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return grind(3);
});

export async function main(args: string[]) {
  for (let frame = 0; frame < Number(args[0]); frame++) {
    mark(`frame ${frame}`);
    using region = shared.region();
    region.float64(100_000 * (1 + (frame % 5)));
    await span("frame", async () => await blur.spawn(60));
    await Promise.allSettled([outline.spawn(frame), outline.spawn(frame + 1), load.spawn(60)]);
    await finish(async () => {
      for (let i = 0; i < 20; i++) tile.spawn(8);
    });
  }
}
