/** Monotonic artificial viscosity: smears a shock over a few elements, and is zero where velocities change smoothly. */
import type { Fields } from "./domain.ts";

/** Of `Side`: nothing lies at the face. */
const freeSide = 2;
const limiterTimes = 2;
const linearViscosity = 0.5;
const quadraticViscosity = 2 / 3;
const steepest = 1;
const tiny = 1e-36;

/** Fills ql and qq of the elements at positions `[lo, hi)` of the regions' order. */
export function findViscosity(lo: number, hi: number, fields: Fields): void {
  const { order, neighbours, surface, vdov, vnew, volo, mass, ql, qq } = fields;
  const { delvXi, delvEta, delvZeta, delxXi, delxEta, delxZeta } = fields;
  for (let i = lo; i < hi; i++) {
    const element = order[i]!;
    if (vdov[element]! > 0) {
      ql[element] = 0;
      qq[element] = 0;
      continue;
    }
    const sides = surface[element]!;
    const first = 6 * element;
    const phiXi = limit(delvXi, element, neighbours[first]!, neighbours[first + 1]!, sides & 15);
    const phiEta = limit(delvEta, element, neighbours[first + 2]!, neighbours[first + 3]!, (sides >> 4) & 15);
    const phiZeta = limit(delvZeta, element, neighbours[first + 4]!, neighbours[first + 5]!, sides >> 8);
    const xi = Math.min(0, delvXi[element]! * delxXi[element]!);
    const eta = Math.min(0, delvEta[element]! * delxEta[element]!);
    const zeta = Math.min(0, delvZeta[element]! * delxZeta[element]!);
    const rho = mass[element]! / (volo[element]! * vnew[element]!);
    ql[element] = -linearViscosity * rho * (xi * (1 - phiXi) + eta * (1 - phiEta) + zeta * (1 - phiZeta));
    qq[element] =
      quadraticViscosity *
      rho *
      (xi * xi * (1 - phiXi * phiXi) + eta * eta * (1 - phiEta * phiEta) + zeta * zeta * (1 - phiZeta * phiZeta));
  }
}

/** How smooth velocities are in one direction, from 0 (a shock) to 1, by the gradients of the element and its neighbours. */
function limit(delv: Float64Array, element: number, low: number, high: number, sides: number): number {
  const norm = 1 / (delv[element]! + tiny);
  const below = (sides & 3) === freeSide ? 0 : delv[low]! * norm;
  const above = sides >> 2 === freeSide ? 0 : delv[high]! * norm;
  let phi = 0.5 * (below + above);
  if (below * limiterTimes < phi) phi = below * limiterTimes;
  if (above * limiterTimes < phi) phi = above * limiterTimes;
  return Math.min(steepest, Math.max(0, phi));
}
