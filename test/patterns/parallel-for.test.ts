import assert from "node:assert/strict";
import { type Domain, parallelFor, type RangeOptions, shared, spawn } from "heddle";
import { errorOf } from "../conformance/case.ts";
import { asyncBody, count, countGrid, failAt, generatorBody, nestedRow } from "./bodies.ts";
import { onWorkers } from "./on-workers.ts";

onWorkers("parallelFor", (test, workers) => {
  for (const n of [0, 1, 2, 3, 63, 64, 65, 1000, 100_003]) {
    for (const mode of ["recursive", "chunked"] as const) {
      test(`visits each of ${n} indices once, ${mode}`, async () => {
        const hits = shared.int32(n);
        await parallelFor({ to: n, mode }, count, hits, 0);
        assert.ok(hits.every((it) => it === 1));
        shared.free(hits);
      });
    }
  }

  const ranges: [string, RangeOptions, number[]][] = [
    ["a range", { from: 3, to: 7 }, [3, 4, 5, 6]],
    ["steps", { from: 1, to: 11, step: 4 }, [1, 5, 9]],
    ["negative steps", { from: 10, to: 0, step: -3 }, [10, 7, 4, 1]],
    ["negative indices", { from: -3, to: 1 }, [-3, -2, -1, 0]],
    ["an end before the beginning", { from: 5, to: 2 }, []],
    ["tiles", { to: 7, tile: 3 }, [0, 1, 2, 3, 4, 5, 6]],
    ["tiles that are tasks", { to: 7, tile: 3, mode: "chunked" }, [0, 1, 2, 3, 4, 5, 6]],
    ["tiles with steps", { from: 20, to: 0, step: -2, tile: 4 }, [20, 18, 16, 14, 12, 10, 8, 6, 4, 2]],
  ];
  for (const [what, range, expected] of ranges) {
    test(what, async () => {
      const hits = shared.int32(64);
      await parallelFor(range, count, hits, -16);
      assert.deepEqual(
        [...hits.keys()].filter((k) => hits[k] !== 0).map((k) => k - 16),
        expected.toSorted((a, b) => a - b),
      );
      assert.ok(hits.every((it) => it <= 1));
      shared.free(hits);
    });
  }

  test("indices beyond 2 ** 31 and 2 ** 40", async () => {
    const hits = shared.int32(2000);
    for (const from of [2 ** 31 - 1000, 2 ** 40]) {
      hits.fill(0);
      await parallelFor([from, from + 2000], count, hits, from);
      assert.ok(hits.every((it) => it === 1));
    }
    shared.free(hits);
  });

  test("a huge range in large tiles", async () => {
    const sizes = shared.float64(40);
    await parallelFor.blocks(
      { to: 2 ** 33, tile: 2 ** 28 },
      (lo: number, hi: number, sizes: Float64Array) => {
        sizes[lo / 2 ** 28] = hi - lo;
      },
      sizes,
    );
    assert.deepEqual([...sizes.subarray(0, 33)], [...Array.from({ length: 32 }, () => 2 ** 28), 0]);
    shared.free(sizes);
  });

  const grids: [string, Domain, number][] = [
    ["rows", [[0, 12], 17], 204],
    [
      "tiles",
      [
        { to: 12, tile: 5 },
        { to: 17, tile: 4 },
      ],
      204,
    ],
    ["tiles of rows", [{ to: 12, tile: 5 }, [0, 17]], 204],
    ["chunks", [{ to: 12, mode: "chunked" }, 17], 204],
    [
      "steps",
      [
        { to: 12, step: 5 },
        { from: 16, to: 0, step: -7 },
      ],
      9,
    ],
    ["nothing", [{ to: 12 }, { to: 0 }], 0],
  ];
  for (const [what, domain, expected] of grids) {
    test(`two dimensions: ${what}`, async () => {
      const hits = shared.int32(12 * 17);
      await parallelFor(domain as [RangeOptions, RangeOptions], countGrid, hits, 17);
      assert.ok(hits.every((it) => it <= 1));
      assert.equal(
        hits.reduce((a, b) => a + b),
        expected,
      );
      shared.free(hits);
    });
  }

  for (const tile of [undefined, 2]) {
    test(`three dimensions, ${tile === undefined ? "rows" : "tiles"}`, async () => {
      const hits = shared.int32(3 * 4 * 5);
      const ends = [3, 4, 5].map((to) => (tile === undefined ? { to } : { to, tile }));
      await parallelFor(
        ends as unknown as [RangeOptions, RangeOptions, RangeOptions],
        (i, j, k, hits) => {
          Atomics.add(hits, (i * 4 + j) * 5 + k, 1);
        },
        hits,
      );
      assert.ok(hits.every((it) => it === 1));
      shared.free(hits);
    });
  }

  test("blocks cover a range", async () => {
    const hits = shared.int32(10_000);
    await parallelFor.blocks(
      hits.length,
      (lo, hi, hits) => {
        for (let i = lo; i < hi; i++) Atomics.add(hits, i, 1);
      },
      hits,
    );
    assert.ok(hits.every((it) => it === 1));
    shared.free(hits);
  });

  test("blocks cover a grid", async () => {
    const hits = shared.int32(30 * 40);
    await parallelFor.blocks(
      [{ to: 30 }, { to: 40, tile: 7 }],
      (iLo, iHi, jLo, jHi, hits) => {
        for (let i = iLo; i < iHi; i++) for (let j = jLo; j < jHi; j++) Atomics.add(hits, i * 40 + j, 1);
      },
      hits,
    );
    assert.ok(hits.every((it) => it === 1));
    shared.free(hits);
  });

  test("a loop in a loop", async () => {
    const hits = shared.int32(20 * 300);
    await parallelFor(20, nestedRow, 300, hits);
    assert.ok(hits.every((it) => it === 1));
    shared.free(hits);
  });

  test("bodies that spawn are waited for", async () => {
    const hits = shared.int32(100);
    await parallelFor(
      100,
      (i: number, count, hits: Int32Array) => {
        count.spawn(i, hits, 0);
      },
      count,
      hits,
    );
    assert.ok(hits.every((it) => it === 1));
    shared.free(hits);
  });

  for (const mode of ["recursive", "chunked"] as const) {
    test(`a failure is the loop's, ${mode}`, async () => {
      const ran = shared.int32(1);
      const error = await errorOf(parallelFor({ to: 1_000_000, mode }, failAt, 300_000, ran));
      assert.ok(error instanceof RangeError);
      assert.equal(error.message, "no 300000");
      assert.ok(ran[0]! < 1_000_000, "nothing was cancelled");
      shared.free(ran);
    });
  }

  test("a failure at the last index of a small loop", async () => {
    const ran = shared.int32(1);
    const error = await errorOf(parallelFor(10, failAt, 9, ran));
    assert.equal(error.message, "no 9");
    shared.free(ran);
  });

  if (workers > 0) {
    test("cancelling stops the loop on all workers", async () => {
      const ran = shared.int32(1);
      const loop = parallelFor(2 ** 40, failAt, -1, ran);
      while (Atomics.load(ran, 0) < 100_000) await new Promise((resolve) => setTimeout(resolve, 1));
      loop.cancel();
      assert.equal((await errorOf(loop)).code, "HEDDLE_CANCELLED");
      await spawn([], () => {}); // the workers are free again
      shared.free(ran);
    });

    test("no more tasks than workers call for", async (runtime) => {
      const data = shared.int32(1);
      await parallelFor(1000, failAt, -1, data);
      const before = runtime.stats().promoted;
      await parallelFor(2_000_000, failAt, -1, data);
      const promoted = runtime.stats().promoted - before;
      assert.ok(promoted < 400, `${promoted} tasks`);
      shared.free(data);
    });
  }

  const one = (i: number): number => i;
  const wrong: [string, () => unknown, RegExp][] = [
    ["no domain", () => parallelFor("3" as never, one), /domain is "3"/],
    ["fractions", () => parallelFor(2.5, one), /to of domain is 2.5; it must be a whole number/],
    ["a negative size", () => parallelFor(-1, one), /domain is -1/],
    ["step 0", () => parallelFor({ to: 3, step: 0 }, one), /step of domain is 0/],
    ["tile 0", () => parallelFor([[0, 3], { to: 3, tile: 0 }], one), /tile of domain\[1\] is 0/],
    ["an unknown mode", () => parallelFor({ to: 3, mode: "guided" as never }, one), /mode of domain is "guided"/],
    ["four dimensions", () => parallelFor([3, 3, 3, 3] as never, one), /4 dimensions/],
    ["too large", () => parallelFor([2 ** 30, 2 ** 30, 2 ** 30], one), /2 \*\* 53/],
    ["no body", () => parallelFor(3, undefined as never), /the body is undefined/],
    ["an async body", () => parallelFor(3, asyncBody), /an async function/],
    ["a generator body", () => parallelFor(3, generatorBody), /a generator function/],
    // @ts-expect-error two sizes in brackets are a range
    ["sizes that are a range", () => parallelFor([3, 5], (i, j) => i + j), /\[\[0, rows\], \[0, columns\]\]/],
  ];
  for (const [what, call, message] of wrong) {
    test(`refuses ${what}`, async () => {
      assert.throws(call, (error: Error & { code?: string }) => error.code === "HEDDLE_USAGE" && message.test(error.message));
    });
  }

  test("refuses a lambda that is not closed", async () => {
    assert.throws(() => parallelFor(3, (i) => i + workers), { code: "HEDDLE_LAMBDA" });
  });
});
