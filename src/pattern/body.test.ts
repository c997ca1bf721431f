import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { accumulator, map, mapStream, parallel, parallelFor, reduce, scan, serial, sort } from "heddle";

const outside = Number(process.pid);

suite("a lambda that uses a variable from outside is told how this very call can give it", () => {
  const cases: [call: () => unknown, wayOut: string][] = [
    [() => parallelFor(3, (i) => i + outside), "parallelFor(..., (i, outside) => ..., outside)"],
    [() => parallelFor.blocks(3, (lo, hi) => lo + hi + outside), "parallelFor.blocks(..., (lo, hi, outside) => ..., outside)"],
    [() => map([1], (x) => x + outside), "map(..., (x, outside) => ..., outside)"],
    [() => mapStream([1], (x) => x + outside), "mapStream(..., (x, outside) => ..., { args: [outside] })"],
    [() => serial((x: number) => x + outside), "serial((x, outside) => ..., outside)"],
    [() => parallel((x: number) => x + outside), "parallel((x, outside) => ..., outside)"],
    [
      () => reduce([1], { identity: 0, combine: (a, b) => a + b, map: (x) => x + outside }),
      "reduce(..., { ..., map: (x, outside) => ... }, outside)",
    ],
    [() => scan([1], { identity: 0, combine: (a, b) => a + b + outside }), "combine gets nothing else: make it a task"],
    [() => sort([1], { by: (x) => x + outside }), "by gets nothing else: make it a task"],
    [() => accumulator({ identity: 0, combine: (a, b) => a + b + outside }), "combine gets nothing else: make it a task"],
  ];
  for (const [call, wayOut] of cases) {
    test(wayOut, () => {
      assert.throws(call, (error: Error & { code: string }) => {
        assert.equal(error.code, "HEDDLE_LAMBDA");
        assert.ok(error.message.includes(wayOut), error.message);
        assert.match(error.message, /The call is at .*body\.test\.ts:\d+:\d+$/);
        return true;
      });
    });
  }
});
