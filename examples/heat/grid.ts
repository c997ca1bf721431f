/** A square plate, n by n, row-major. Its edge keeps its temperature; every step makes an inner point the mean of its neighbours. */
export type Plate = Float64Array;

/** The upper edge at 100 degrees, everything else at 0. */
export function heatUp(plate: Plate, n: number): Plate {
  plate.fill(0);
  plate.fill(100, 0, n);
  return plate;
}

/** One step for rows `[lo, hi)` of the inner points, from one plate to the other. */
export function relax(from: Plate, to: Plate, n: number, lo: number, hi: number): void {
  for (let row = lo; row < hi; row++) {
    const end = (row + 1) * n - 1;
    for (let i = row * n + 1; i < end; i++) to[i] = 0.25 * (from[i - n]! + from[i + n]! + from[i - 1]! + from[i + 1]!);
  }
}

/** Which of the two plates holds the result after so many steps. */
export function lastOf(steps: number, first: Plate, second: Plate): Plate {
  return steps % 2 === 0 ? first : second;
}

/** Bounds of part `index` when the inner rows 1 to n - 1 are cut in equal parts. */
export function rowsOf(index: number, parts: number, n: number): [lo: number, hi: number] {
  const rows = n - 2;
  return [1 + Math.floor((rows * index) / parts), 1 + Math.floor((rows * (index + 1)) / parts)];
}

export function sequential(n: number, steps: number): Plate {
  const first = heatUp(new Float64Array(n * n), n);
  const second = first.slice();
  for (let step = 0; step < steps; step++) relax(lastOf(step, first, second), lastOf(step + 1, first, second), n, 1, n - 1);
  return lastOf(steps, first, second);
}
