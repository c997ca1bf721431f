import assert from "node:assert/strict";
import { test } from "node:test";
import { shared, start } from "heddle";
import { agrees, type Country, census, emptyCountry, fill, published } from "../../examples/bots/health/country.ts";
import { parallel, sequential } from "../../examples/bots/health.ts";

const { levels, cities, census: expected } = published.test!;
const country = (allocate: (length: number) => Int32Array = (length) => new Int32Array(length)): Country =>
  emptyCountry(levels, cities, allocate);

test("the input `test` of BOTS: the published figures on one thread, and again from the beginning", () => {
  const one = country();
  for (let run = 0; run < 2; run++) {
    sequential(one);
    assert.ok(agrees(census(one), expected), JSON.stringify(census(one)));
    fill(one);
  }
  assert.equal(census(one).well, expected.people, "everybody is well at the beginning");
});

for (const workers of [0, 1, 2]) {
  test(`the input \`test\` on ${workers} workers: everybody where one thread has them`, async () => {
    const one = country();
    sequential(one, 100);
    await using runtime = await start({ workers });
    await runtime.run(async () => {
      using region = shared.region();
      const other = country((length) => region.int32(length));
      await parallel(other, 100);
      assert.deepEqual(Int32Array.from(other.villages), one.villages);
      assert.deepEqual(Int32Array.from(other.people), one.people);
    });
  });
}

test("other figures are noticed", () => {
  const one = country();
  sequential(one, 364);
  assert.ok(!agrees(census(one), expected));
  assert.throws(() => emptyCountry(9, 2, () => new Int32Array(0)), /levels must be from 1 to 8, not 9/);
});
