/** Two numbers at a time: those of two elements, in the lanes of a vector. The names are those that formulas read well with. */

// @ts-ignore: decorator of AssemblyScript
@inline
export function both(value: f64): v128 {
  return f64x2.splat(value);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function plus(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function minus(a: v128, b: v128): v128 {
  return f64x2.sub(a, b);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function times(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function over(a: v128, b: v128): v128 {
  return f64x2.div(a, b);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function root(a: v128): v128 {
  return f64x2.sqrt(a);
}

/** `a < b ? b : a` */
// @ts-ignore: decorator of AssemblyScript
@inline
export function larger(a: v128, b: v128): v128 {
  return f64x2.pmax(a, b);
}

/** `b < a ? b : a` */
// @ts-ignore: decorator of AssemblyScript
@inline
export function smaller(a: v128, b: v128): v128 {
  return f64x2.pmin(a, b);
}

/** `condition ? a : 0` */
// @ts-ignore: decorator of AssemblyScript
@inline
export function where(condition: v128, a: v128): v128 {
  return v128.and(a, condition);
}

/** `condition ? 0 : a` */
// @ts-ignore: decorator of AssemblyScript
@inline
export function except(condition: v128, a: v128): v128 {
  return v128.andnot(a, condition);
}

/** The numbers at two addresses. */
// @ts-ignore: decorator of AssemblyScript
@inline
export function pair(first: usize, second: usize): v128 {
  return v128.load64_lane(second, v128.load64_zero(first), 1);
}

/** Writes them to two addresses. */
// @ts-ignore: decorator of AssemblyScript
@inline
export function put(first: usize, second: usize, value: v128): void {
  v128.store64_lane(first, value, 0);
  v128.store64_lane(second, value, 1);
}

/** x to the power of -1/3, as `inverseCubeRoot` in ../roots.ts. */
// @ts-ignore: decorator of AssemblyScript
@inline
export function inverseCubeRoot(x: v128): v128 {
  const high = v128.shuffle<i32>(x, x, 1, 3, 1, 3);
  const third = i64x2.shr_u(i64x2.extmul_low_i32x4_u(high, i32x4.splat(0x55555556)), 32);
  let y = i64x2.shl(i64x2.sub(i64x2.splat(0x553ef0ff), third), 32);
  for (let times_ = 0; times_ < 2; times_++) {
    const error = minus(both(1), times(times(times(x, y), y), y));
    y = plus(y, times(times(y, error), plus(both(1.0 / 3.0), times(error, plus(both(2.0 / 9.0), times(error, both(14.0 / 81.0)))))));
  }
  return y;
}
