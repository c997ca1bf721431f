import { type Future, shared, task, whenAll } from "heddle";
import { readOptions } from "../lib/options.ts";
import { heatedPlates, type Plate, type Plates, plateAfter, probe, relax, stripsOf } from "./grid.ts";

export { sequential } from "./grid.ts";

const usage = `Heat spreads over a plate: a strip's next step runs as soon as its neighbours' last step is done, without a barrier.

  -n N     rows and columns of the plate (default 1026)
  -t N     time steps (default 400)
  -s N     strips (default 8)`;

/** The last three are only waited for: the step before of the strip above, of this one, and of the one below. */
const stripStep = task(
  import.meta,
  (plates: Plates, step: number, lo: number, hi: number, _above: void, _same: void, _below: void): void =>
    relax(plates, step, lo, hi),
);

const simulate = task(import.meta, function* (plates: Plates, steps: number, count: number) {
  const strips = stripsOf(plates.n, count);
  let done: (Future<void> | undefined)[] = strips.map(() => undefined);
  for (let step = 0; step < steps; step++) {
    done = strips.map(([lo, hi], index) => stripStep.after(plates, step, lo, hi, done[index - 1], done[index], done[index + 1]));
  }
  yield* whenAll(done.filter((future) => future !== undefined));
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
