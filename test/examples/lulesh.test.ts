import assert from "node:assert/strict";
import { test } from "node:test";
import { shared, start } from "heddle";
import { fieldsOf } from "../../examples/lulesh/domain.ts";
import { libraryRandom } from "../../examples/lulesh/regions.ts";
import { agrees, published } from "../../examples/lulesh/report.ts";
import { inverseCubeRoot } from "../../examples/lulesh/roots.ts";
import { parallel, sedov, sequential } from "../../examples/lulesh.ts";

for (const size of [5, 10]) {
  test(`size ${size}: iterations, origin energy and symmetry of the reference`, () => {
    const outcome = sequential(sedov(size));
    assert.equal(outcome.cycles, published[size]!.cycles);
    assert.equal(outcome.originEnergy.toExponential(6), published[size]!.originEnergy);
    assert.ok(outcome.symmetry.maxRelative < 1e-8);
    assert.ok(agrees(outcome));
  });
}

test("bit for bit the plain program's energies, on any number of workers, in TypeScript and in WebAssembly", async () => {
  const plain = sedov(7);
  const expected = sequential(plain, 60);
  for (const workers of [0, 1, 2, 3]) {
    await using runtime = await start({ workers });
    await runtime.run(async () => {
      for (const language of ["typescript", "wasm"] as const) {
        using region = shared.region();
        const domain = sedov(7, {}, region);
        assert.deepEqual(await parallel(domain, 60, language), expected, `${workers} workers, ${language}`);
        const fields = fieldsOf(domain);
        for (const field of ["e", "x", "zd", "p", "ss", "v", "length", "delvEta"] as const) {
          assert.deepEqual(Float64Array.from(fields[field]), fieldsOf(plain)[field], `${field}, ${workers} workers, ${language}`);
        }
      }
    });
  }
});

test("a domain that has one of its arrays where another one had it has fields of its own", () => {
  const one = sedov(3);
  fieldsOf(one);
  const other = { ...one, words: one.words.slice() };
  assert.equal(fieldsOf(other).nodes.buffer, other.words.buffer);
});

test("size 10 in WebAssembly: iterations, origin energy and symmetry of the reference", async () => {
  await using runtime = await start({ workers: 2 });
  await runtime.run(async () => {
    using region = shared.region();
    const outcome = await parallel(sedov(10, {}, region));
    assert.equal(outcome.cycles, published[10]!.cycles);
    assert.ok(agrees(outcome));
  });
});

test("a step that is too long is noticed, in TypeScript and in WebAssembly", async () => {
  await using runtime = await start({ workers: 2 });
  await runtime.run(async () => {
    for (const language of ["typescript", "wasm"] as const) {
      using region = shared.region();
      const domain = sedov(4, {}, region);
      fieldsOf(domain).xd.fill(-1e12, 60, 90);
      await assert.rejects(parallel(domain, 60, language), /element \d+ has/);
    }
  });
});

test("numbers by which volumes are divided are roots to the last digit but one", () => {
  for (let exponent = -250; exponent <= 250; exponent++) {
    const x = 1.37 ** exponent;
    assert.ok(Math.abs(inverseCubeRoot(x) * Math.cbrt(x) - 1) < 1e-15, `${x}`);
  }
});

test("regions and their cost change nothing but the time", () => {
  const one = sequential(sedov(6, { regions: 1 }));
  const many = sequential(sedov(6, { regions: 20, balance: 2, cost: 3 }));
  assert.deepEqual(many, one);
});

test("regions hold every element once", () => {
  const size = 12;
  const { order, regionEnd, repeats } = fieldsOf(sedov(size));
  assert.deepEqual(
    order.toSorted(),
    Int32Array.from({ length: size ** 3 }, (_, element) => element),
  );
  assert.equal(regionEnd[10], size ** 3);
  assert.deepEqual([...repeats.subarray(0, 11)], [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 20]);
});

test("random numbers are those of the C library after srand(0)", () => {
  const random = libraryRandom();
  assert.deepEqual([random(), random(), random(), random()], [1804289383, 846930886, 1681692777, 1714636915]);
});

test("results that differ from the reference are noticed", () => {
  const outcome = sequential(sedov(5));
  assert.ok(!agrees({ ...outcome, cycles: 71 }));
  assert.ok(!agrees({ ...outcome, originEnergy: outcome.originEnergy * 1.000001 }));
  assert.ok(!agrees({ ...outcome, symmetry: { ...outcome.symmetry, maxRelative: 1e-3 } }));
});

test("sizes and numbers of regions that make no sense are refused", () => {
  assert.throws(() => sedov(0), /-s must be a whole number from 1 on, not 0/);
  assert.throws(() => sedov(5, { regions: 0 }), /-r must be 1 to 64, not 0/);
});
