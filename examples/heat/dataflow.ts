import { type Future, shared, task, whenAll } from "heddle";
import { readOptions } from "../lib/options.ts";
import { heatUp, lastOf, type Plate, relax, rowsOf } from "./grid.ts";

export { sequential } from "./grid.ts";

const usage = `Heat spreads over a plate: a strip's next step runs as soon as its neighbours' last step is done, without a barrier.

  -n N     rows and columns of the plate (default 1026)
  -t N     time steps (default 400)
  -s N     strips (default 8)`;

/** The last three arguments are only waited for: the previous step of the strip above, of this strip, and of the one below. */
const stripStep = task(
  import.meta,
  (from: Plate, to: Plate, n: number, lo: number, hi: number, _above: void, _same: void, _below: void): void =>
    relax(from, to, n, lo, hi),
);

export async function parallel(n: number, steps: number, strips = 8): Promise<Plate> {
  using region = shared.region();
  const first = heatUp(region.float64(n * n), n);
  const second = region.float64(n * n);
  second.set(first);

  let done: (Future<void> | undefined)[] = new Array(strips).fill(undefined);
  for (let step = 0; step < steps; step++) {
    const from = lastOf(step, first, second);
    const to = lastOf(step + 1, first, second);
    done = done.map((same, index) => {
      const [lo, hi] = rowsOf(index, strips, n);
      return stripStep.after(from, to, n, lo, hi, done[index - 1], same, done[index + 1]);
    });
  }
  await whenAll(done.filter((future) => future !== undefined));
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
