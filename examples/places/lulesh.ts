import { type Future, parallelFor, place, places, shared, task, whenAll, world } from "heddle";
import { readOptions } from "../lib/options.ts";
import { Clock, limitsOf } from "../lulesh/clock.ts";
import { elementCount, fieldsOf, materialTile, nodeCount } from "../lulesh/domain.ts";
import * as kernels from "../lulesh/kernels.ts";
import { firstTimeStep } from "../lulesh/mesh.ts";
import { partOf } from "../lulesh/part.ts";
import type { RegionOptions } from "../lulesh/regions.ts";
import { agrees, describe, type Outcome, symmetryOf } from "../lulesh/report.ts";
import { defaults, sedov } from "../lulesh.ts";
import { type Ends, makeChannel } from "./channel.ts";
import { connect, Halo } from "./lulesh/halo.ts";

const usage = `LULESH 2.0 over 1, 8, 27, ... places, each of which has one part of the cube.

  -s N   elements along an edge of each part (default 15)
  -i N   most iterations (default 9999999)
  -r N   regions of different material in each part (default 11)
  -b N   balance: how much larger the later regions are (default 1)
  -c N   extra cost of the later regions' equation of state (default 1)
  -p     prints every step
  -q     prints nothing`;

interface Work {
  /** Elements along an edge of a part. */
  readonly size: number;
  readonly iterations: number;
  readonly regions: RegionOptions;
  readonly print: boolean;
}

/** The part of this place: as a task that runs at each place at the same time, in step with its neighbours. */
const simulation = task(import.meta, function* lulesh(work: Work, ends: readonly Ends[]): Generator<Future<unknown>, Outcome> {
  const region = shared.region();
  try {
    return yield* simulate(work, ends, region);
  } finally {
    region.free();
  }
});

function* simulate(
  { size, iterations, regions, print }: Work,
  ends: readonly Ends[],
  region: ReturnType<typeof shared.region>,
): Generator<Future<unknown>, Outcome> {
  const part = partOf(place(), Math.round(Math.cbrt(places())));
  const domain = sedov(size, regions, region, part);
  const fields = fieldsOf(domain);
  const halo = new Halo(domain, place(), part, ends);
  const [elements, nodes] = [elementCount(size), nodeCount(size)];
  const hasOrigin = place() === 0;
  yield* halo.masses();
  const clock = new Clock(yield* world.allReduce(hasOrigin ? firstTimeStep(fields) : Number.POSITIVE_INFINITY, "min"));
  while (clock.running && clock.cycle < iterations) {
    clock.advance();
    const isLast = !clock.running || clock.cycle === iterations;
    const { step } = clock;
    yield* parallelFor.blocks(elements, kernels.cornerForces, domain);
    halo.sendForces(isLast);
    yield* parallelFor.blocks(halo.inner, kernels.moveNodes, domain, step); // while forces travel
    yield* halo.receiveForces();
    yield* parallelFor.blocks([halo.inner, nodes], kernels.moveNodes, domain, step);
    yield* parallelFor.blocks(elements, kernels.changeShapes, domain, step);
    yield* halo.gradients(isLast);
    yield* parallelFor.blocks({ to: elements, tile: materialTile }, kernels.updateRegions, domain);
    const { courant, hydro } = limitsOf(size, fields);
    const [leastCourant, leastHydro] = yield* world.allReduce(Float64Array.of(courant, hydro), "min");
    clock.constrain({ courant: leastCourant!, hydro: leastHydro! });
    if (print && hasOrigin) {
      console.log(`cycle = ${clock.cycle}, time = ${clock.time.toExponential(6)}, dt = ${step.toExponential(6)}`);
    }
  }
  return {
    size: size * part.parts,
    cycles: clock.cycle,
    originEnergy: fields.e[0]!,
    symmetry: symmetryOf(size, fields),
  };
}

/** One place calls it, for all. What the element at the origin has in the end. */
export async function overPlaces(
  size: number,
  iterations = Number.POSITIVE_INFINITY,
  options: Partial<RegionOptions> = {},
  print = false,
): Promise<Outcome> {
  const parts = Math.round(Math.cbrt(places()));
  if (parts ** 3 !== places()) throw new RangeError(`LULESH needs 1, 8, 27, ... places, not ${places()}`);
  const work: Work = { size, iterations, regions: { ...defaults, ...options }, print };
  const [first] = await whenAll(connect(parts, makeChannel).map((ends, p) => simulation.at(p).spawn(work, ends)));
  return first!;
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { s: 15, i: 9_999_999, r: 11, b: 1, c: 1, p: false, q: false });
  if (!options || place() !== 0) return;
  const { s: size, i: iterations, r: regions, b: balance, c: cost, p: print, q: quiet } = options;
  const begin = performance.now();
  const outcome = await overPlaces(size, iterations, { regions, balance, cost }, print && !quiet);
  const seconds = (performance.now() - begin) / 1000;
  if (!quiet) console.log(describe(outcome, seconds));
  if (agrees(outcome, iterations)) return;
  console.error("This is not what the reference computes.");
  process.exitCode = 1;
}
