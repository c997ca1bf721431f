import { type Phaser, phaser, shared, task, whenAll } from "heddle";
import { readOptions } from "../lib/options.ts";
import { heatUp, lastOf, type Plate, relax, rowsOf } from "./grid.ts";

export { sequential } from "./grid.ts";

const usage = `Heat spreads over a plate: one generator task per strip of rows, all in step by a phaser.

  -n N     rows and columns of the plate (default 1026)
  -t N     time steps (default 400)
  -s N     strips (default 8)`;

const strip = task(
  import.meta,
  function* (first: Plate, second: Plate, n: number, lo: number, hi: number, steps: number, ph: Phaser) {
    for (let step = 0; step < steps; step++) {
      relax(lastOf(step, first, second), lastOf(step + 1, first, second), n, lo, hi);
      yield* ph.next();
    }
  },
);

const simulate = task(import.meta, function* (first: Plate, second: Plate, n: number, steps: number, strips: number) {
  const ph = phaser();
  const running = Array.from({ length: strips }, (_, index) => {
    const [lo, hi] = rowsOf(index, strips, n);
    return strip.with({ phased: [ph], affinity: index }).spawn(first, second, n, lo, hi, steps, ph);
  });
  ph.drop();
  yield* whenAll(running);
});

export async function parallel(n: number, steps: number, strips = 8): Promise<Plate> {
  using region = shared.region();
  const first = heatUp(region.float64(n * n), n);
  const second = region.float64(n * n);
  second.set(first);
  await simulate.spawn(first, second, n, steps, strips);
  return lastOf(steps, first, second).slice();
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 1026, t: 400, s: 8 });
  if (!options) return;
  const begin = performance.now();
  const plate = await parallel(options.n, options.t, options.s);
  const middle = plate[Math.floor(options.n / 4) * options.n + Math.floor(options.n / 2)]!;
  console.log(
    `${options.t} steps in ${(performance.now() - begin).toFixed(0)} ms; a quarter down it is ${middle.toFixed(6)} degrees`,
  );
}
