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

const MOST = 300;

/** One line of the Mandelbrot set, as red, green, blue and opacity of each point. */
export function mandelbrotLine(y: number, pixels: Uint8ClampedArray, width: number, height: number): void {
  for (let x = 0; x < width; x++) {
    const cr = -2.1 + (2.8 * x) / width;
    const ci = (2.4 * y) / height - 1.2;
    let zr = 0;
    let zi = 0;
    let steps = 0;
    for (; steps < MOST && zr * zr + zi * zi <= 4; steps++) [zr, zi] = [zr * zr - zi * zi + cr, 2 * zr * zi + ci];
    const shade = steps === MOST ? 0 : 255 * (steps / MOST) ** 0.35;
    pixels.set([shade, shade * 0.8, 80 + shade * 0.6, 255], 4 * (y * width + x));
  }
}

/** The lines from `from` to below `to`: halves become children until a line is left. */
export const mandelbrotLines = task(
  import.meta,
  (from: number, to: number, pixels: Uint8ClampedArray, width: number, height: number): void => {
    if (to - from === 1) return mandelbrotLine(from, pixels, width, height);
    const middle = (from + to) >>> 1;
    const upper = mandelbrotLines.spawn(from, middle, pixels, width, height);
    mandelbrotLines(middle, to, pixels, width, height);
    upper.join();
  },
);
