import { writeFile } from "node:fs/promises";
import { encode } from "fast-png";
import { parallelFor, shared, task } from "heddle";
import { readOptions } from "./lib/options.ts";

const usage = `Draws the Mandelbrot set into a PNG file. Rows inside the set cost far more than rows outside.

  --width N    of the picture, in pixels (default 1200); the height is two thirds of it
  --depth N    iterations before a point counts as inside (default 1000)
  --out FILE   (default mandelbrot.png)`;

export interface View {
  readonly width: number;
  readonly height: number;
  /** Iterations before a point counts as inside the set. */
  readonly depth: number;
}

export function viewOf(width: number, depth: number): View {
  return { width, height: Math.round((width * 2) / 3), depth };
}

const drawRow = task(import.meta, (y: number, pixels: Uint8Array, { width, height, depth }: View): void => {
  const im = (y / height) * 2.2 - 1.1;
  for (let x = 0; x < width; x++) colour(iterationsAt((x / width) * 3.3 - 2.3, im, depth), depth, pixels, 3 * (y * width + x));
});

/** Iterations until the point leaves the circle of radius 2, smoothed to a real number; `depth` if it stays. */
function iterationsAt(re: number, im: number, depth: number): number {
  let x = 0;
  let y = 0;
  for (let i = 0; i < depth; i++) {
    const xx = x * x;
    const yy = y * y;
    if (xx + yy > 256) return i + 1 - Math.log2(Math.log(xx + yy) / 2);
    y = 2 * x * y + im;
    x = xx - yy + re;
  }
  return depth;
}

function colour(iterations: number, depth: number, pixels: Uint8Array, at: number): void {
  const inside = iterations >= depth;
  const t = Math.sqrt(Math.max(iterations, 0) / 64);
  pixels[at] = inside ? 0 : 127.5 * (1 - Math.cos(6.3 * t));
  pixels[at + 1] = inside ? 0 : 127.5 * (1 - Math.cos(6.3 * t + 0.6));
  pixels[at + 2] = inside ? 0 : 127.5 * (1 - Math.cos(6.3 * t + 1.5));
}

export function sequential(view: View): Uint8Array {
  const pixels = new Uint8Array(3 * view.width * view.height);
  for (let y = 0; y < view.height; y++) drawRow(y, pixels, view);
  return pixels;
}

export async function parallel(view: View): Promise<Uint8Array> {
  using region = shared.region();
  const pixels = region.uint8(3 * view.width * view.height);
  await parallelFor(view.height, drawRow, pixels, view);
  return pixels.slice();
}

export function toPng(pixels: Uint8Array, { width, height }: View): Uint8Array {
  return encode({ data: pixels, width, height, channels: 3 });
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { width: 1200, depth: 1000, out: "mandelbrot.png" });
  if (!options) return;
  const view = viewOf(options.width, options.depth);
  const begin = performance.now();
  const pixels = await parallel(view);
  const drawn = performance.now();
  await writeFile(options.out, toPng(pixels, view));
  console.log(
    `${options.out}: ${view.width} x ${view.height}, drawn in ${(drawn - begin).toFixed(0)} ms, written in ${(performance.now() - drawn).toFixed(0)} ms`,
  );
}
