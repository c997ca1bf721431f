/** Fourth loop of a step, over the elements in the order of their regions: viscosity, equation of state, time constraints. */
import { task } from "heddle";
import { type Domain, type Fields, fieldsOf, materialTile } from "./domain.ts";
import { updateMaterial } from "./equation-of-state.ts";
import { findViscosity } from "./viscosity.ts";

const courantViscosity = 64 * 2 * 2;
const mostViscosity = 1e12;
const mostVolumeChange = 0.1;

/** For one tile: the positions from `lo`, a multiple of `materialTile`, to `hi` - 1. */
export const updateRegions = task(import.meta, function updateRegions(lo: number, hi: number, domain: Domain): void {
  const fields = fieldsOf(domain);
  const { regionEnd, repeats, q, order } = fields;
  for (let i = lo; i < hi; i++) {
    if (q[order[i]!]! > mostViscosity) throw new RangeError(`element ${order[i]} has a viscosity of ${q[order[i]!]}`);
  }
  findViscosity(lo, hi, fields);
  let region = 0;
  for (let from = lo; from < hi; ) {
    while (regionEnd[region]! <= from) region++;
    const to = Math.min(hi, regionEnd[region]!);
    updateMaterial(from, to, repeats[region]!, fields);
    from = to;
  }
  constrainTime(lo, hi, fields);
});

function constrainTime(lo: number, hi: number, { order, ss, vdov, length, courant, hydro }: Fields): void {
  let leastCourant = 1e20;
  let leastHydro = 1e20;
  for (let i = lo; i < hi; i++) {
    const element = order[i]!;
    const rate = vdov[element]!;
    if (rate === 0) continue;
    const across = length[element]!;
    const speed = ss[element]!;
    const square = speed * speed + (rate < 0 ? courantViscosity * across * across * rate * rate : 0);
    leastCourant = Math.min(leastCourant, across / Math.sqrt(square));
    leastHydro = Math.min(leastHydro, mostVolumeChange / (Math.abs(rate) + 1e-20));
  }
  courant[lo / materialTile] = leastCourant;
  hydro[lo / materialTile] = leastHydro;
}
