import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { addExactly, EXACT_SUM_LENGTH, mergeExactly, roundedSum } from "./exact-sum.ts";

function exactSum(values: readonly number[]): number {
  const sums = new Float64Array(EXACT_SUM_LENGTH + 3);
  for (const value of values) addExactly(sums, 3, value);
  return roundedSum(sums, 3);
}

/** The definition: as a fraction of whole numbers. */
function byDefinition(values: readonly number[]): number {
  let whole = 0n;
  for (const value of values) whole += inUnits(value);
  const negative = whole < 0n;
  const size = negative ? -whole : whole;
  const length = size.toString(2).length;
  const cut = BigInt(Math.max(0, length - 53));
  let kept = size >> cut;
  const rest = size - (kept << cut);
  const half = cut === 0n ? 0n : 1n << (cut - 1n);
  if (cut > 0n && (rest > half || (rest === half && (kept & 1n) === 1n))) kept++;
  // Scaled in two steps: 2^-1074 times a large power may not be written in one.
  let value = Number(kept);
  let exponent = Number(cut) - 1074;
  while (exponent > 900) {
    value *= 2 ** 900;
    exponent -= 900;
  }
  value *= 2 ** exponent;
  return negative ? -value : value;
}

function inUnits(value: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(value).buffer)[0]!;
  const exponent = (bits >> 52n) & 0x7ffn;
  const mantissa = (bits & 0xf_ffff_ffff_ffffn) | (exponent === 0n ? 0n : 1n << 52n);
  const size = mantissa << (exponent === 0n ? 0n : exponent - 1n);
  return bits >> 63n === 1n ? -size : size;
}

suite("exact sums", () => {
  test("what rounding would lose is kept", () => {
    assert.equal(exactSum([1e100, 1, -1e100]), 1);
    assert.equal(exactSum(Array.from({ length: 10 }, () => 0.1)), 1);
    assert.equal(exactSum([Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE]), Number.MAX_VALUE);
    assert.equal(exactSum([Number.MIN_VALUE, Number.MIN_VALUE]), 2 * Number.MIN_VALUE);
    assert.equal(exactSum([1, 2 ** -53]), 1);
    assert.equal(exactSum([1, 2 ** -53, Number.MIN_VALUE]), 1 + 2 ** -52);
    assert.equal(exactSum([-1, -(2 ** -53), -Number.MIN_VALUE]), -1 - 2 ** -52);
    assert.equal(exactSum([Number.MAX_VALUE, Number.MAX_VALUE]), Number.POSITIVE_INFINITY);
    assert.ok(Object.is(exactSum([-0, -0]), 0));
    assert.ok(Object.is(exactSum([]), 0));
  });

  test("infinities and NaN are as in an ordinary sum", () => {
    assert.equal(exactSum([1, Number.POSITIVE_INFINITY, 1]), Number.POSITIVE_INFINITY);
    assert.equal(exactSum([Number.NEGATIVE_INFINITY]), Number.NEGATIVE_INFINITY);
    assert.ok(Number.isNaN(exactSum([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])));
    assert.ok(Number.isNaN(exactSum([Number.NaN, 1])));
  });

  test("two million terms carry", () => {
    const sums = new Float64Array(EXACT_SUM_LENGTH);
    for (let i = 0; i < 1 << 21; i++) addExactly(sums, 0, 2 ** 32 - 1);
    assert.equal(roundedSum(sums, 0), 2 ** 21 * (2 ** 32 - 1));
    for (let i = 0; i < 1 << 21; i++) addExactly(sums, 0, -(2 ** 32));
    assert.equal(roundedSum(sums, 0), -(2 ** 21));
  });

  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  test("any terms give the sum that was rounded once, in any parts", () => {
    fc.assert(
      fc.property(fc.array(finite, { maxLength: 40 }), fc.nat(40), (values, cut) => {
        const expected = byDefinition(values);
        assert.equal(exactSum(values), expected);
        assert.equal(exactSum(values.toReversed()), expected);
        const parts = new Float64Array(2 * EXACT_SUM_LENGTH);
        for (const [i, value] of values.entries()) addExactly(parts, i < cut ? 0 : EXACT_SUM_LENGTH, value);
        mergeExactly(parts, 0, parts, EXACT_SUM_LENGTH);
        assert.equal(roundedSum(parts, 0), expected);
      }),
      { numRuns: 300 },
    );
  });
});
