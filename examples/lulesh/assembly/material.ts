/** The loop over regions of ../material.ts, ../viscosity.ts and ../equation-of-state.ts, two elements at a time. */
import {
  cornerField,
  courantField,
  DELV,
  DELV_ETA,
  DELV_XI,
  DELV_ZETA,
  DELX_ETA,
  DELX_XI,
  DELX_ZETA,
  E,
  elementField,
  elementsOf,
  LENGTH,
  MASS,
  neighboursField,
  orderField,
  P,
  Q,
  QL,
  QQ,
  regionEndField,
  repeatsField,
  SS,
  surfaceField,
  V,
  VDOV,
  VNEW,
  VOLO,
} from "./layout";
import { both, except, larger, minus, over, pair, plus, put, root, smaller, times, where } from "./pairs";

const TILE = 64;

/** An element whose viscosity is too large, or -1. */
export function updateRegions(lo: i32, hi: i32, reals: usize, words: usize, size: i32): i32 {
  const order = orderField(words, size);
  const q = elementField(reals, size, Q);
  for (let i = lo; i < hi; i++) {
    const element = load<i32>(order + (<usize>i << 2));
    if (load<f64>(q + (<usize>element << 3)) > 1e12) return element;
  }
  findViscosity(lo, hi, reals, words, size);
  const ends = regionEndField(words, size);
  let region: usize = 0;
  for (let from = lo; from < hi; ) {
    while (load<i32>(ends + (region << 2)) <= from) region++;
    const to = min(hi, load<i32>(ends + (region << 2)));
    updateMaterial(from, to, load<i32>(repeatsField(words, size) + (region << 2)), reals, order, size);
    from = to;
  }
  constrainTime(lo, hi, reals, order, size);
  return -1;
}

// @ts-ignore: decorator of AssemblyScript
@inline
function offsetAt(order: usize, i: i32): usize {
  return <usize>load<i32>(order + (<usize>i << 2)) << 3;
}

function findViscosity(lo: i32, hi: i32, reals: usize, words: usize, size: i32): void {
  const order = orderField(words, size);
  const neighbours = neighboursField(words, size);
  const surface = surfaceField(words, size);
  const vdov = elementField(reals, size, VDOV);
  const vnew = elementField(reals, size, VNEW);
  const volo = elementField(reals, size, VOLO);
  const mass = elementField(reals, size, MASS);
  const ql = elementField(reals, size, QL);
  const qq = elementField(reals, size, QQ);
  const delvXi = elementField(reals, size, DELV_XI);
  const delvEta = elementField(reals, size, DELV_ETA);
  const delvZeta = elementField(reals, size, DELV_ZETA);
  const delxXi = elementField(reals, size, DELX_XI);
  const delxEta = elementField(reals, size, DELX_ETA);
  const delxZeta = elementField(reals, size, DELX_ZETA);
  const zero = both(0), one = both(1);
  for (let i = lo; i < hi; i += 2) {
    const a = offsetAt(order, i), b = offsetAt(order, min(i + 1, hi - 1));
    const grows = f64x2.gt(pair(vdov + a, vdov + b), zero);
    if (i64x2.all_true(grows)) {
      put(ql + a, ql + b, zero);
      put(qq + a, qq + b, zero);
      continue;
    }
    const sides = i64x2.replace_lane(i64x2.splat(load<i32>(surface + (a >> 1))), 1, load<i32>(surface + (b >> 1)));
    const first = neighbours + a * 3, second = neighbours + b * 3;
    const vXi = pair(delvXi + a, delvXi + b);
    const vEta = pair(delvEta + a, delvEta + b);
    const vZeta = pair(delvZeta + a, delvZeta + b);
    const phiXi = limit(delvXi, vXi, first, second, sides);
    const phiEta = limit(delvEta, vEta, first + 8, second + 8, i64x2.shr_u(sides, 4));
    const phiZeta = limit(delvZeta, vZeta, first + 16, second + 16, i64x2.shr_u(sides, 8));
    const xi = smaller(zero, times(vXi, pair(delxXi + a, delxXi + b)));
    const eta = smaller(zero, times(vEta, pair(delxEta + a, delxEta + b)));
    const zeta = smaller(zero, times(vZeta, pair(delxZeta + a, delxZeta + b)));
    const rho = over(pair(mass + a, mass + b), times(pair(volo + a, volo + b), pair(vnew + a, vnew + b)));
    const linear = plus(
      plus(times(xi, minus(one, phiXi)), times(eta, minus(one, phiEta))),
      times(zeta, minus(one, phiZeta)),
    );
    const quadratic = plus(
      plus(
        times(times(xi, xi), minus(one, times(phiXi, phiXi))),
        times(times(eta, eta), minus(one, times(phiEta, phiEta))),
      ),
      times(times(zeta, zeta), minus(one, times(phiZeta, phiZeta))),
    );
    put(ql + a, ql + b, except(grows, times(times(both(-0.5), rho), linear)));
    put(qq + a, qq + b, except(grows, times(times(both(2.0 / 3.0), rho), quadratic)));
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline
function limit(delv: usize, own: v128, first: usize, second: usize, sides: v128): v128 {
  const two = both(2);
  const norm = over(both(1), plus(own, both(1e-36)));
  const low = pair(delv + (<usize>load<i32>(first) << 3), delv + (<usize>load<i32>(second) << 3));
  const high = pair(delv + (<usize>load<i32>(first, 4) << 3), delv + (<usize>load<i32>(second, 4) << 3));
  const below = except(i64x2.eq(v128.and(sides, i64x2.splat(3)), i64x2.splat(2)), times(low, norm));
  const above = except(i64x2.eq(v128.and(sides, i64x2.splat(12)), i64x2.splat(8)), times(high, norm));
  const phi = smaller(smaller(times(both(0.5), plus(below, above)), times(below, two)), times(above, two));
  return smaller(both(1), larger(both(0), phi));
}

/** For the positions of one region within a tile. */
function updateMaterial(lo: i32, hi: i32, repeats: i32, reals: usize, order: usize, size: i32): void {
  const scratch = scratchOf(lo, reals, size);
  const apart = scratchApart(size);
  for (let times_ = 0; times_ < repeats; times_++) evaluate(lo, hi, reals, order, size);
  const e = elementField(reals, size, E);
  const p = elementField(reals, size, P);
  const q = elementField(reals, size, Q);
  const v = elementField(reals, size, V);
  const vnew = elementField(reals, size, VNEW);
  const ss = elementField(reals, size, SS);
  const one = both(1);
  for (let i = lo, at = scratch; i < hi; i += 2, at += 16) {
    const a = offsetAt(order, i), b = offsetAt(order, min(i + 1, hi - 1));
    const relative = pair(vnew + a, vnew + b);
    const energy = v128.load(at);
    const pressure = v128.load(at + apart);
    put(e + a, e + b, energy);
    put(p + a, p + b, pressure);
    put(q + a, q + b, v128.load(at + 2 * apart));
    put(ss + a, ss + b, soundSpeed(energy, pressure, clamped(relative)));
    put(v + a, v + b, v128.bitselect(one, relative, f64x2.lt(f64x2.abs(minus(relative, one)), both(1e-10))));
  }
}

/**
 * Between its passes, numbers wait in the places of the corner forces, which are done with: one after the other for the elements
 * of a tile, and `scratchApart` for the different numbers of an element.
 */
// @ts-ignore: decorator of AssemblyScript
@inline
function scratchOf(lo: i32, reals: usize, size: i32): usize {
  return cornerField(reals, size, 0) + (<usize>(lo & -TILE) << 3);
}

// @ts-ignore: decorator of AssemblyScript
@inline
function scratchApart(size: i32): usize {
  return (elementsOf(size) + 1) << 3;
}

/**
 * Three passes, each of which ends where a root would have to be waited for: so the processor works on several elements at a time.
 */
function evaluate(lo: i32, hi: i32, reals: usize, order: usize, size: i32): void {
  const energies = scratchOf(lo, reals, size);
  const apart = scratchApart(size);
  const pressures = energies + apart;
  const viscosities = energies + 2 * apart;
  const volumes = energies + 3 * apart;
  const slopes = energies + 4 * apart;
  const changes = energies + 5 * apart;
  const linears = energies + 6 * apart;
  const quadratics = energies + 7 * apart;
  const works = energies + 8 * apart;
  const end = <usize>(hi - lo) << 3;
  const e = elementField(reals, size, E);
  const p = elementField(reals, size, P);
  const q = elementField(reals, size, Q);
  const ql = elementField(reals, size, QL);
  const qq = elementField(reals, size, QQ);
  const vnew = elementField(reals, size, VNEW);
  const delv = elementField(reals, size, DELV);
  const half = both(0.5), two = both(2), twoThirds = both(2.0 / 3.0), zero = both(0);
  for (let i = lo, at: usize = 0; i < hi; i += 2, at += 16) {
    const a = offsetAt(order, i), b = offsetAt(order, min(i + 1, hi - 1));
    const volume = clamped(pair(vnew + a, vnew + b));
    const change = pair(delv + a, delv + b);
    const full = f64x2.ge(volume, both(1e9));
    const halfVolume = v128.bitselect(volume, minus(volume, times(half, change)), f64x2.le(volume, both(1e-9)));
    const halfSlope = except(full, over(twoThirds, halfVolume));
    const before = plus(except(full, pair(p + a, p + b)), pair(q + a, q + b));
    const linear = pair(ql + a, ql + b);
    const quadratic = pair(qq + a, qq + b);
    const energy = larger(both(-1e15), minus(pair(e + a, e + b), times(times(half, change), before)));
    const halfP = pressureOf(times(halfSlope, energy));
    const halfQ = where(f64x2.le(change, zero), plus(times(soundSpeed(energy, halfP, halfVolume), linear), quadratic));
    v128.store(volumes + at, volume);
    v128.store(slopes + at, except(full, over(twoThirds, volume)));
    v128.store(changes + at, change);
    v128.store(linears + at, linear);
    v128.store(quadratics + at, quadratic);
    v128.store(works + at, minus(times(both(7), before), times(both(8), plus(halfP, halfQ))));
    const work = times(change, minus(times(both(1.5), before), times(two, halfP)));
    v128.store(energies + at, bounded(minus(plus(energy, work), times(times(two, change), halfQ))));
  }
  for (let at: usize = 0; at < end; at += 16) {
    const change = v128.load(changes + at);
    const energy = v128.load(energies + at);
    const pressure = pressureOf(times(v128.load(slopes + at), energy));
    const speed = soundSpeed(energy, pressure, v128.load(volumes + at));
    const tilde = where(f64x2.le(change, zero), plus(times(speed, v128.load(linears + at)), v128.load(quadratics + at)));
    const sixth = times(change, both(1.0 / 6.0));
    const work = times(sixth, plus(v128.load(works + at), pressure));
    v128.store(energies + at, bounded(minus(minus(energy, work), times(sixth, tilde))));
  }
  for (let at: usize = 0; at < end; at += 16) {
    const energy = v128.load(energies + at);
    const pressure = pressureOf(times(v128.load(slopes + at), energy));
    const speed = soundSpeed(energy, pressure, v128.load(volumes + at));
    const shrinks = f64x2.le(v128.load(changes + at), zero);
    const viscosity = where(shrinks, plus(times(speed, v128.load(linears + at)), v128.load(quadratics + at)));
    v128.store(pressures + at, pressure);
    v128.store(viscosities + at, except(f64x2.lt(f64x2.abs(viscosity), both(1e-7)), viscosity));
  }
}

// @ts-ignore: decorator of AssemblyScript
@inline
function clamped(volume: v128): v128 {
  return smaller(both(1e9), larger(both(1e-9), volume));
}

// @ts-ignore: decorator of AssemblyScript
@inline
function bounded(energy: v128): v128 {
  return except(f64x2.lt(f64x2.abs(energy), both(1e-7)), larger(both(-1e15), energy));
}

// @ts-ignore: decorator of AssemblyScript
@inline
function pressureOf(pressure: v128): v128 {
  return except(f64x2.lt(pressure, both(1e-7)), pressure);
}

// @ts-ignore: decorator of AssemblyScript
@inline
function soundSpeed(energy: v128, pressure: v128, volume: v128): v128 {
  const square = times(both(2.0 / 3.0), plus(energy, times(volume, pressure)));
  return v128.bitselect(both(0.3333333e-18), root(square), f64x2.le(square, both(0.1111111e-36)));
}

function constrainTime(lo: i32, hi: i32, reals: usize, order: usize, size: i32): void {
  const ss = elementField(reals, size, SS);
  const vdov = elementField(reals, size, VDOV);
  const length = elementField(reals, size, LENGTH);
  let courant = both(1e20);
  let hydro = both(1e20);
  const zero = both(0);
  for (let i = lo; i < hi; i += 2) {
    const a = offsetAt(order, i), b = offsetAt(order, min(i + 1, hi - 1));
    const rate = pair(vdov + a, vdov + b);
    const across = pair(length + a, length + b);
    const speed = pair(ss + a, ss + b);
    const still = f64x2.eq(rate, zero);
    const damped = times(times(times(times(both(256), across), across), rate), rate);
    const square = plus(times(speed, speed), where(f64x2.lt(rate, zero), damped));
    courant = smaller(courant, v128.bitselect(courant, over(across, root(square)), still));
    hydro = smaller(hydro, v128.bitselect(hydro, over(both(0.1), plus(f64x2.abs(rate), both(1e-20))), still));
  }
  const tile = courantField(reals, size) + ((<usize>lo / TILE) << 3);
  store<f64>(tile, min(f64x2.extract_lane(courant, 0), f64x2.extract_lane(courant, 1)));
  store<f64>(tile + (tilesOf(size) << 3), min(f64x2.extract_lane(hydro, 0), f64x2.extract_lane(hydro, 1)));
}

function tilesOf(size: i32): usize {
  return (elementsOf(size) + TILE - 1) / TILE;
}
