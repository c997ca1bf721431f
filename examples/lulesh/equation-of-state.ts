/** Energy, pressure, viscosity and sound speed of the elements of one region, as their volumes change. */
import { type Fields, materialTile } from "./domain.ts";

const energyCut = 1e-7;
const pressureCut = 1e-7;
const viscosityCut = 1e-7;
const volumeCut = 1e-10;
const leastEnergy = -1e15;
const leastPressure = 0;
const leastVolume = 1e-9;
const mostVolume = 1e9;
const referenceDensity = 1;

const newE = new Float64Array(materialTile);
const newP = new Float64Array(materialTile);
const newQ = new Float64Array(materialTile);

/** For the elements at positions `[lo, hi)` of the regions' order, at most `materialTile` of them. */
export function updateMaterial(lo: number, hi: number, repeats: number, fields: Fields): void {
  for (let times = 0; times < repeats; times++) evaluate(lo, hi, fields);
  const { order, e, p, q, v, vnew, ss } = fields;
  for (let i = lo; i < hi; i++) {
    const element = order[i]!;
    const relative = vnew[element]!;
    const energy = newE[i - lo]!;
    const pressure = newP[i - lo]!;
    e[element] = energy;
    p[element] = pressure;
    q[element] = newQ[i - lo]!;
    ss[element] = soundSpeed(energy, pressure, clamped(relative));
    v[element] = Math.abs(relative - 1) < volumeCut ? 1 : relative;
  }
}

/** Energies are sums of terms that are ready early and one that waits for a sound speed: what comes after a root is short. */
function evaluate(lo: number, hi: number, { order, e, p, q, ql, qq, vnew, delv }: Fields): void {
  for (let i = lo; i < hi; i++) {
    const element = order[i]!;
    const volume = clamped(vnew[element]!);
    const change = delv[element]!;
    const full = volume >= mostVolume;
    const slope = full ? 0 : 2 / 3 / volume;
    const halfVolume = volume <= leastVolume ? volume : volume - 0.5 * change;
    const halfSlope = full ? 0 : 2 / 3 / halfVolume;
    const before = (full ? 0 : p[element]!) + q[element]!;
    const shrinks = change <= 0;
    const linear = ql[element]!;
    const quadratic = qq[element]!;

    let energy = Math.max(leastEnergy, e[element]! - 0.5 * change * before);
    const halfP = pressureOf(halfSlope * energy);
    const halfQ = shrinks ? soundSpeed(energy, halfP, halfVolume) * linear + quadratic : 0;
    energy = bounded(energy + change * (1.5 * before - 2 * halfP) - 2 * change * halfQ);

    let pressure = pressureOf(slope * energy);
    const tilde = shrinks ? soundSpeed(energy, pressure, volume) * linear + quadratic : 0;
    const sixth = change * (1 / 6);
    energy = bounded(energy - sixth * (7 * before - 8 * (halfP + halfQ) + pressure) - sixth * tilde);

    pressure = pressureOf(slope * energy);
    newE[i - lo] = energy;
    newP[i - lo] = pressure;
    newQ[i - lo] = shrinks ? cutViscosity(soundSpeed(energy, pressure, volume) * linear + quadratic) : 0;
  }
}

function clamped(volume: number): number {
  return Math.min(mostVolume, Math.max(leastVolume, volume));
}

function bounded(energy: number): number {
  return Math.abs(energy) < energyCut ? 0 : Math.max(leastEnergy, energy);
}

/** Small pressures are none, and so are negative ones. */
function pressureOf(pressure: number): number {
  return pressure < pressureCut ? leastPressure : pressure;
}

function cutViscosity(viscosity: number): number {
  return Math.abs(viscosity) < viscosityCut ? 0 : viscosity;
}

/** For an ideal gas: its pressure falls by two thirds of it where the volume grows, and grows by 2 / (3 volume) of the energy. */
function soundSpeed(energy: number, pressure: number, volume: number): number {
  const square = ((2 / 3) * (energy + volume * pressure)) / referenceDensity;
  return square <= 0.1111111e-36 ? 0.3333333e-18 : Math.sqrt(square);
}
