/** An image whose rows take unequally long to paint, and what is done with it, as plain functions. */

export const width = 900;
export const height = 600;
export const levels = 256;

/** Steps until a point of the plane escapes: the Mandelbrot set. */
export function brightness(x: number, y: number): number {
  const re = -2.2 + (3.2 * x) / width;
  const im = -1.1 + (2.2 * y) / height;
  let a = 0;
  let b = 0;
  let steps = 0;
  const most = 8 * levels - 1;
  while (steps < most && a * a + b * b <= 4) {
    const next = a * a - b * b + re;
    b = 2 * a * b + im;
    a = next;
    steps++;
  }
  return steps >> 3;
}

export function paintRow(y: number, image: Uint8Array): void {
  for (let x = 0; x < width; x++) image[y * width + x] = brightness(x, y);
}

/** New brightnesses for old ones, so that each occurs about equally often. */
export function equalized(counts: ArrayLike<number>): Uint8Array {
  const table = new Uint8Array(levels);
  let below = 0;
  for (let it = 0; it < levels; it++) {
    table[it] = Math.round(((levels - 1) * below) / (width * height));
    below += counts[it]!;
  }
  return table;
}

/** One number for a whole image. */
export function fingerprint(image: Uint8Array): string {
  let hash = 0;
  for (const it of image) hash = (Math.imul(hash, 31) + it) | 0;
  return (hash >>> 0).toString(16);
}
