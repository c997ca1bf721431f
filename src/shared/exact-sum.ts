/**
 * Sums of float64 numbers without any rounding until the end: a number in fixed point, wide enough for all of them, in digits of 32
 * bits. So the sum does not depend on the order of its terms. (Kulisch's long accumulator; Neal's "small superaccumulator".)
 *
 * Digit i counts 2^(32 i - 1074). Each is a whole number in a float64, which leaves 21 bits for carries: so many additions are
 * made before they are carried on.
 */

/** Exponents reach to digit 65; two more take carries. */
const DIGITS = 68;
const SPECIAL = DIGITS;
const ADDED = DIGITS + 1;

/** How many float64 numbers a sum takes. */
export const EXACT_SUM_LENGTH = DIGITS + 2;

const NAN = 1;
const PLUS_INFINITY = 2;
const MINUS_INFINITY = 4;
const BASE = 2 ** 32;
const MOST_ADDED = 2 ** 20;

const number = new Float64Array(1);
const halves = new Uint32Array(number.buffer);
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** Adds `value` to the sum that begins at `at`. */
export function addExactly(sums: Float64Array, at: number, value: number): void {
  number[0] = value;
  const high = halves[HIGH]!;
  const low = halves[1 - HIGH]!;
  const exponent = (high >>> 20) & 0x7ff;
  if (exponent === 0x7ff) return addSpecial(sums, at, value);
  const position = exponent === 0 ? 0 : exponent - 1;
  const mantissa = exponent === 0 ? high & 0xfffff : (high & 0xfffff) | 0x100000;
  const shift = position & 31;
  const i = at + (position >>> 5);
  const first = (low << shift) >>> 0;
  const second = shift === 0 ? mantissa : ((mantissa << shift) | (low >>> (32 - shift))) >>> 0;
  const third = shift === 0 ? 0 : mantissa >>> (32 - shift);
  if (high >>> 31 === 0) {
    sums[i]! += first;
    sums[i + 1]! += second;
    sums[i + 2]! += third;
  } else {
    sums[i]! -= first;
    sums[i + 1]! -= second;
    sums[i + 2]! -= third;
  }
  if (++sums[at + ADDED]! >= MOST_ADDED) carry(sums, at);
}

function addSpecial(sums: Float64Array, at: number, value: number): void {
  const kind = Number.isNaN(value) ? NAN : value > 0 ? PLUS_INFINITY : MINUS_INFINITY;
  sums[at + SPECIAL] = sums[at + SPECIAL]! | kind;
}

/** Brings all digits but the highest into 0..2^32 - 1. */
function carry(sums: Float64Array, at: number): void {
  for (let i = at; i < at + DIGITS - 1; i++) {
    const over = Math.floor(sums[i]! / BASE);
    sums[i]! -= over * BASE;
    sums[i + 1]! += over;
  }
  sums[at + ADDED] = 0;
}

/** Adds the sum at `from` to the one at `at`. */
export function mergeExactly(sums: Float64Array, at: number, other: Float64Array, from: number): void {
  const copy = other.slice(from, from + EXACT_SUM_LENGTH);
  carry(copy, 0);
  carry(sums, at);
  for (let i = 0; i < DIGITS; i++) sums[at + i]! += copy[i]!;
  sums[at + SPECIAL] = sums[at + SPECIAL]! | copy[SPECIAL]!;
  carry(sums, at);
}

/** The sum, rounded once: to the nearest float64, of two equally near ones to the even one. An exact zero is +0. */
export function roundedSum(sums: Float64Array, at: number): number {
  const special = sums[at + SPECIAL]!;
  if (special !== 0) {
    if ((special & NAN) !== 0 || special === (PLUS_INFINITY | MINUS_INFINITY)) return Number.NaN;
    return special === PLUS_INFINITY ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }
  let whole = 0n;
  for (let i = DIGITS - 1; i >= 0; i--) whole = (whole << 32n) + BigInt(sums[at + i]!);
  return whole < 0n ? -scaled(-whole) : scaled(whole);
}

/** `whole` * 2^-1074. */
function scaled(whole: bigint): number {
  const bits = whole.toString(16).length * 4;
  if (bits <= 64) return Number(whole) * 2 ** -1074;
  const shift = BigInt(bits - 64);
  const top = whole >> shift;
  // The lowest bit stands for all that is cut off: conversion to a float64 then rounds as it would with them.
  const sticky = top << shift === whole ? top : top | 1n;
  return Number(sticky) * 2 ** (bits - 64 - 1074);
}
