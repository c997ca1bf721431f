import { type Phaser, phaser, shared, task, whenAll } from "heddle";
import { readOptions } from "../lib/options.ts";
import { heatedPlates, type Plate, type Plates, plateAfter, probe, relax, stripsOf } from "./grid.ts";

export { sequential } from "./grid.ts";

const usage = `Heat spreads over a plate: one generator task for each strip of rows, kept in step by a phaser.

  -n N     rows and columns of the plate (default 1026)
  -t N     time steps (default 400)
  -s N     strips (default 8)`;

const strip = task(import.meta, function* (plates: Plates, lo: number, hi: number, steps: number, ph: Phaser) {
  for (let step = 0; step < steps; step++) {
    relax(plates, step, lo, hi);
    yield* ph.next();
  }
});

const simulate = task(import.meta, function* (plates: Plates, steps: number, count: number) {
  const ph = phaser();
  const strips = stripsOf(plates.n, count).map(([lo, hi], index) =>
    strip.with({ phased: [ph], affinity: index }).spawn(plates, lo, hi, steps, ph),
  );
  ph.drop();
  yield* whenAll(strips);
});

export async function parallel(plates: Plates, steps: number, strips = 8): Promise<Plate> {
  await simulate.spawn(plates, steps, strips);
  return plateAfter(steps, plates);
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 1026, t: 400, s: 8 });
  if (!options) return;
  using region = shared.region();
  const plates = heatedPlates(options.n, (length) => region.float64(length));
  const begin = performance.now();
  const degrees = probe(await parallel(plates, options.t, options.s), options.n);
  console.log(
    `${options.t} steps in ${(performance.now() - begin).toFixed(0)} ms; a quarter down it is ${degrees.toFixed(6)} degrees`,
  );
}
