/** Energy, pressure, viscosity and sound speed of the elements of one region, as their volumes change. */
import {
  energyCut,
  leastEnergy,
  leastPressure,
  leastVolume,
  mostVolume,
  pressureCut,
  referenceDensity,
  viscosityCut,
  volumeCut,
} from "./constants.ts";
import { type Fields, materialTile } from "./domain.ts";

const newE = new Float64Array(materialTile);
const newP = new Float64Array(materialTile);
const newQ = new Float64Array(materialTile);

/** For the elements at positions `[lo, hi)` of the regions' order, at most `materialTile` of them. */
export function updateMaterial(lo: number, hi: number, repeats: number, fields: Fields): void {
  for (let times = 0; times < repeats; times++) evaluate(lo, hi, fields);
  const { order, e, p, q, v, vnew, ss } = fields;
  for (let i = lo; i < hi; i++) {
    const element = order[i]!;
    const volume = clamped(vnew[element]!);
    const pressure = newP[i - lo]!;
    const slope = (2 / 3) * (1 / volume);
    e[element] = newE[i - lo]!;
    p[element] = pressure;
    q[element] = newQ[i - lo]!;
    ss[element] = soundSpeed(newE[i - lo]!, volume * volume * slope * pressure);
    v[element] = Math.abs(vnew[element]! - 1) < volumeCut ? 1 : vnew[element]!;
  }
}

function evaluate(lo: number, hi: number, { order, e, p, q, ql, qq, vnew, delv }: Fields): void {
  for (let i = lo; i < hi; i++) {
    const element = order[i]!;
    const volume = clamped(vnew[element]!);
    const change = delv[element]!;
    const full = volume >= mostVolume;
    const before = (full ? 0 : p[element]!) + q[element]!;
    const compression = full ? 0 : 1 / volume - 1;
    const half = full ? 0 : volume <= leastVolume ? compression : 1 / (volume - change * 0.5) - 1;
    const linear = ql[element]!;
    const quadratic = qq[element]!;

    let energy = Math.max(leastEnergy, e[element]! - 0.5 * change * before);
    const halfSlope = (2 / 3) * (half + 1);
    const halfP = pressureOf(full ? 0 : halfSlope * energy);
    const volumeHalf = 1 / (1 + half);
    let viscosity = 0;
    if (change <= 0) viscosity = soundSpeed(energy, volumeHalf * volumeHalf * halfSlope * halfP) * linear + quadratic;
    energy = bounded(energy + 0.5 * change * (3 * before - 4 * (halfP + viscosity)));

    const slope = (2 / 3) * (compression + 1);
    const stiffness = volume * volume * slope;
    let pressure = pressureOf(full ? 0 : slope * energy);
    let tilde = 0;
    if (change <= 0) tilde = soundSpeed(energy, stiffness * pressure) * linear + quadratic;
    energy = bounded(energy - (7 * before - 8 * (halfP + viscosity) + (pressure + tilde)) * change * (1 / 6));

    pressure = pressureOf(full ? 0 : slope * energy);
    if (change <= 0) {
      viscosity = soundSpeed(energy, stiffness * pressure) * linear + quadratic;
      if (Math.abs(viscosity) < viscosityCut) viscosity = 0;
    }
    newE[i - lo] = energy;
    newP[i - lo] = pressure;
    newQ[i - lo] = viscosity;
  }
}

function clamped(volume: number): number {
  return Math.min(mostVolume, Math.max(leastVolume, volume));
}

function bounded(energy: number): number {
  return Math.abs(energy) < energyCut ? 0 : Math.max(leastEnergy, energy);
}

function pressureOf(pressure: number): number {
  return Math.abs(pressure) < pressureCut || pressure < leastPressure ? leastPressure : pressure;
}

/** By an energy, and a pressure times its volume squared and its derivative by the energy. */
function soundSpeed(energy: number, work: number): number {
  const square = ((2 / 3) * energy + work) / referenceDensity;
  return square <= 0.1111111e-36 ? 0.3333333e-18 : Math.sqrt(square);
}
