import { parallelFor, shared, task } from "heddle";
import { readOptions } from "./lib/options.ts";
import { showProgress } from "./lib/progress.ts";
import { Clock, endOfTime, limitsOf } from "./lulesh/clock.ts";
import { allocate, type Domain, elementCount, fieldsOf, materialTile, nodeCount } from "./lulesh/domain.ts";
import { cornerForces } from "./lulesh/forces.ts";
import * as kernels from "./lulesh/kernels.ts";
import { changeShapes } from "./lulesh/kinematics.ts";
import { updateRegions } from "./lulesh/material.ts";
import { buildMesh, firstTimeStep } from "./lulesh/mesh.ts";
import { moveNodes } from "./lulesh/motion.ts";
import { type Part, whole } from "./lulesh/part.ts";
import { buildRegions, type RegionOptions } from "./lulesh/regions.ts";
import { agrees, describe, type Outcome, symmetryOf } from "./lulesh/report.ts";

const usage = `LULESH 2.0 on one place: a blast wave spreads from the corner of a cube (the Sedov problem), by explicit Lagrangian
hydrodynamics on an unstructured mesh of hexahedra. The flags are those of the reference.

  -s N   elements along an edge of the cube (default 30)
  -i N   most iterations (default 9999999)
  -r N   regions of different material (default 11)
  -b N   balance: how much larger the later regions are (default 1)
  -c N   extra cost of the later regions' equation of state (default 1)
  -t     runs the loops in TypeScript instead of WebAssembly
  -p     prints every step
  -q     prints nothing`;

export const defaults: RegionOptions = { regions: 11, balance: 1, cost: 1 };

/**
 * The problem before its first step, or one part of a larger one, `size` elements along an edge. Its arrays come from `region`, or are this thread's
 * own.
 */
export function sedov(
  size: number,
  options: Partial<RegionOptions> = {},
  region?: ReturnType<typeof shared.region>,
  part: Part = whole,
): Domain {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`-s must be a whole number from 1 on, not ${size}`);
  const plain = { float64: (n: number) => new Float64Array(n), int32: (n: number) => new Int32Array(n) };
  const heap = region && { float64: (n: number) => region.float64(n), int32: (n: number) => region.int32(n) };
  const domain = allocate(size, heap ?? plain);
  const fields = fieldsOf(domain);
  buildMesh(size, fields, part);
  buildRegions(size, { ...defaults, ...options }, fields);
  return domain;
}

type Body = (lo: number, hi: number, domain: Domain, dt: number) => void;
/** Runs a loop of the step: `body(lo, hi, domain, dt)` for all of `[0, n)`, in tiles where `tile` is given. */
type Loop = (n: number, body: Body, domain: Domain, dt: number, tile?: number) => void;

/** The four loops of a step. */
type Bodies = Readonly<Record<"cornerForces" | "moveNodes" | "changeShapes" | "updateRegions", Body>>;
const inTypeScript: Bodies = { cornerForces, moveNodes, changeShapes, updateRegions };

function simulate(domain: Domain, iterations: number, bodies: Bodies, loop: Loop, watch?: (clock: Clock) => void): Outcome {
  const { size } = domain;
  const fields = fieldsOf(domain);
  const clock = new Clock(firstTimeStep(fields));
  while (clock.running && clock.cycle < iterations) {
    clock.advance();
    loop(elementCount(size), bodies.cornerForces, domain, clock.step);
    loop(nodeCount(size), bodies.moveNodes, domain, clock.step);
    loop(elementCount(size), bodies.changeShapes, domain, clock.step);
    loop(elementCount(size), bodies.updateRegions, domain, clock.step, materialTile);
    clock.constrain(limitsOf(size, fields));
    watch?.(clock);
  }
  return { size, cycles: clock.cycle, originEnergy: fields.e[0]!, symmetry: symmetryOf(size, fields) };
}

/** The plain program. */
export function sequential(domain: Domain, iterations = Number.POSITIVE_INFINITY): Outcome {
  return simulate(domain, iterations, inTypeScript, (n, body, domain, dt, tile = n) => {
    for (let lo = 0; lo < n; lo += tile) body(lo, Math.min(n, lo + tile), domain, dt);
  });
}

/** In what the bodies of the loops are written. */
export type Language = "typescript" | "wasm";

export interface Watching {
  /** Shows cycle and time to other threads. */
  readonly now?: Float64Array;
  /** Prints every step. */
  readonly print?: boolean;
}

const simulation = task(
  import.meta,
  function lulesh(domain: Domain, iterations: number, bodies: Language, { now, print = false }: Watching): Outcome {
    const loop: Loop = (n, body, domain, dt, tile) => {
      parallelFor.blocks(tile === undefined ? n : { to: n, tile }, body, domain, dt).join();
    };
    return simulate(domain, iterations, bodies === "wasm" ? kernels : inTypeScript, loop, ({ cycle, time, step }) => {
      now?.set([cycle, time]);
      if (print) console.log(`cycle = ${cycle}, time = ${time.toExponential(6)}, dt = ${step.toExponential(6)}`);
    });
  },
);

/** The same on all workers. What an element gets does not depend on who computes it, so results are equal bit for bit. */
export async function parallel(
  domain: Domain,
  iterations = Number.POSITIVE_INFINITY,
  bodies: Language = "wasm",
  watching: Watching = {},
): Promise<Outcome> {
  return await simulation.spawn(domain, iterations, bodies, watching);
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { s: 30, i: 9_999_999, r: 11, b: 1, c: 1, t: false, p: false, q: false });
  if (!options) return;
  const { s: size, i: iterations, r: regions, b: balance, c: cost } = options;
  using region = shared.region();
  const domain = sedov(size, { regions, balance, cost }, region);
  const now = region.float64(2);
  const line = showProgress();
  const timer = setInterval(() => line.show(`cycle ${now[0]}, ${((100 * now[1]!) / endOfTime).toFixed(0)} %`), 200);
  const begin = performance.now();
  const watching = { now, print: options.p && !options.q };
  const outcome = await parallel(domain, iterations, options.t ? "typescript" : "wasm", watching).finally(() =>
    clearInterval(timer),
  );
  const seconds = (performance.now() - begin) / 1000;
  line.clear();
  if (!options.q) console.log(describe(outcome, seconds));
  if (!agrees(outcome, iterations)) {
    console.error("This is not what the reference computes.");
    process.exitCode = 1;
  }
}
