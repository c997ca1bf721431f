/** What the workers run. They import this module, so nothing in it touches the page. */
import { task } from "heddle";

export const fib = task(import.meta, (n: number): number => {
  if (n < 2) return n;
  const left = fib.spawn(n - 1);
  return fib(n - 2) + left.join();
});

export function sequentialFib(n: number): number {
  return n < 2 ? n : sequentialFib(n - 1) + sequentialFib(n - 2);
}

const MOST = 1000;

/** One line of the Mandelbrot set, as red, green, blue and opacity of each point. */
export const mandelbrotLine = task(import.meta, (y: number, pixels: Uint8ClampedArray, width: number, height: number): void => {
  for (let x = 0; x < width; x++) {
    const cr = -2.1 + (2.8 * x) / width;
    const ci = (2.4 * y) / height - 1.2;
    let zr = 0;
    let zi = 0;
    let steps = 0;
    for (; steps < MOST && zr * zr + zi * zi <= 4; steps++) {
      const next = zr * zr - zi * zi + cr;
      zi = 2 * zr * zi + ci;
      zr = next;
    }
    const shade = steps === MOST ? 0 : 255 * (steps / MOST) ** 0.35;
    const at = 4 * (y * width + x);
    pixels[at] = shade;
    pixels[at + 1] = shade * 0.8;
    pixels[at + 2] = 80 + shade * 0.6;
    pixels[at + 3] = 255;
  }
});
