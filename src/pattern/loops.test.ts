import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Domain, type RangeOptions, spaceOf } from "./domain.ts";
import { setGenerator } from "./generate.ts";
import { loopFor } from "./loops.ts";

const range = fc.record(
  {
    from: fc.integer({ min: -20, max: 20 }),
    to: fc.integer({ min: -20, max: 20 }),
    step: fc.integer({ min: -5, max: 5 }).filter((it) => it !== 0),
    tile: fc.integer({ min: 1, max: 9 }),
  },
  { requiredKeys: ["to"] },
) as fc.Arbitrary<RangeOptions>;

const domains = fc.array(range, { minLength: 1, maxLength: 3 });

/** The indices of a range, by a plain loop. */
function indices({ from = 0, to, step = 1 }: RangeOptions): number[] {
  const found: number[] = [];
  if (step > 0) for (let i = from; i < to; i += step) found.push(i);
  else for (let i = from; i > to; i += step) found.push(i);
  return found;
}

const product = (lists: number[][]): number[][] =>
  lists.reduce<number[][]>((rows, list) => rows.flatMap((row) => list.map((it) => [...row, it])), [[]]);

const inOrder = (rows: number[][]): number[][] => rows.toSorted((a, b) => a.map((x, i) => x - b[i]!).find((it) => it !== 0) ?? 0);

/** Runs a loop in two parts, as splitting does, and returns what the body got. */
function calls(ranges: RangeOptions[], blocks: boolean, cut: number): number[][] {
  const space = spaceOf(ranges as unknown as Domain, "test", blocks && ranges.length > 1);
  const got: number[][] = [];
  const body = (...args: unknown[]): void => {
    assert.equal(args.pop(), "last");
    got.push(args as number[]);
  };
  const loop = loopFor(body, space, blocks, 1);
  const middle = Math.floor(space.units * cut);
  for (const [lo, hi] of [
    [0, middle],
    [middle, space.units],
  ] as const) {
    if (lo < hi) loop(lo, hi, space.dimensions, "last");
  }
  return got;
}

for (const made of [true, false]) {
  describe(made ? "loops made from text" : "the shared loop", () => {
    const withGenerator = (body: () => void): void => {
      if (made) return body();
      const before = setGenerator(() => null);
      try {
        body();
      } finally {
        setGenerator(before);
      }
    };

    it("visits each index once", () => {
      withGenerator(() =>
        fc.assert(
          fc.property(domains, fc.double({ min: 0, max: 1, noNaN: true }), (ranges, cut) => {
            assert.deepEqual(inOrder(calls(ranges, false, cut)), inOrder(product(ranges.map(indices))));
          }),
        ),
      );
    });

    it("covers each index with one block", () => {
      withGenerator(() =>
        fc.assert(
          fc.property(domains, fc.double({ min: 0, max: 1, noNaN: true }), (ranges, cut) => {
            const covered = calls(ranges, true, cut).flatMap((bounds) =>
              product(
                ranges.map(({ step = 1 }, d) => {
                  const [lo, hi] = [bounds[2 * d]!, bounds[2 * d + 1]!];
                  return Array.from({ length: (hi - lo) / step }, (_, i) => lo + i * step);
                }),
              ),
            );
            assert.deepEqual(inOrder(covered), inOrder(product(ranges.map(indices))));
          }),
        ),
      );
    });
  });
}

it("two bodies have loops of different text", () => {
  const space = spaceOf(3, "test");
  const texts = [() => {}, () => {}].map((body) => loopFor(body, space, false, 0).toString());
  assert.notEqual(texts[0], texts[1]);
});
