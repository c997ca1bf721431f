/** A square of n by n temperatures, row-major, twice: every step reads one plate and writes the other. */
export interface Plates {
  readonly n: number;
  readonly first: Plate;
  readonly second: Plate;
}

export type Plate = Float64Array;

/** Plates whose upper edge is at 100 degrees and everything else at 0; by default on this thread's own memory. */
export function heatedPlates(n: number, allocate = (length: number): Plate => new Float64Array(length)): Plates {
  return reheat({ n, first: allocate(n * n), second: allocate(n * n) });
}

export function reheat(plates: Plates): Plates {
  for (const plate of [plates.first, plates.second]) plate.fill(0).fill(100, 0, plates.n);
  return plates;
}

/** The plate that holds the result of so many steps. */
export function plateAfter(steps: number, { first, second }: Plates): Plate {
  return steps % 2 === 0 ? first : second;
}

/**
 * Step number `step` for the rows `[lo, hi)`, which must be inner ones: every inner point becomes the mean of its four
 * neighbours; the edge keeps its temperature.
 */
export function relax(plates: Plates, step: number, lo: number, hi: number): void {
  const { n } = plates;
  const from = plateAfter(step, plates);
  const to = plateAfter(step + 1, plates);
  for (let row = lo; row < hi; row++) {
    const end = (row + 1) * n - 1;
    for (let i = row * n + 1; i < end; i++) to[i] = 0.25 * (from[i - n]! + from[i + n]! + from[i - 1]! + from[i + 1]!);
  }
}

/** The inner rows, cut in so many strips of nearly the same height. */
export function stripsOf(n: number, count: number): [lo: number, hi: number][] {
  const edge = (index: number) => 1 + Math.floor(((n - 2) * index) / count);
  return Array.from({ length: count }, (_, index) => [edge(index), edge(index + 1)]);
}

export function sequential(plates: Plates, steps: number): Plate {
  for (let step = 0; step < steps; step++) relax(plates, step, 1, plates.n - 1);
  return plateAfter(steps, plates);
}

/** Temperature a quarter of the way down, in the middle. */
export function probe(plate: Plate, n: number): number {
  return plate[Math.floor(n / 4) * n + Math.floor(n / 2)]!;
}
