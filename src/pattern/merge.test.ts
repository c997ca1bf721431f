import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareKernel, floatPrecedes, type Kernel, NO_KEYS, plainKernel, type Run } from "./merge.ts";
import { naturalFor } from "./natural.ts";

const run = (values: readonly number[]): Run => Float64Array.from(values) as unknown as Run;
const special = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, 0, -0), fc.integer({ min: -3, max: 3 }));
const list = fc.array(special, { maxLength: 300 });
const expected = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

const kernels: Record<string, Kernel> = {
  "of bits": naturalFor(new Float64Array()),
  "without code made from text": plainKernel(floatPrecedes as Kernel["precedes"]),
  "of a comparison": compareKernel(((a: number, b: number) => (floatPrecedes(a, b) ? -1 : floatPrecedes(b, a) ? 1 : 0)) as never),
};

for (const [name, kernel] of Object.entries(kernels)) {
  test(`the kernel ${name} sorts as the built-in sort, into either array`, () => {
    fc.assert(
      fc.property(list, fc.integer({ min: 1, max: 9 }), fc.boolean(), (values, times, away) => {
        const long = Array.from({ length: times }, () => values).flat();
        const [data, other] = [run(long), run(long)];
        const to = away ? other : data;
        kernel.sort(data, other, to, NO_KEYS);
        assert.deepEqual(to, expected(long));
      }),
    );
  });

  test(`the kernel ${name} merges two runs`, () => {
    fc.assert(
      fc.property(list, list, (left, right) => {
        const to = run(new Array(left.length + right.length).fill(0));
        kernel.merge(expected(left) as unknown as Run, expected(right) as unknown as Run, to, NO_KEYS);
        assert.deepEqual(to, expected([...left, ...right]));
      }),
    );
  });
}
