import assert from "node:assert/strict";
import { test } from "node:test";
import { shared } from "heddle";
import * as dataflow from "../../examples/heat/dataflow.ts";
import { heatedPlates, sequential, stripsOf } from "../../examples/heat/grid.ts";
import * as phasers from "../../examples/heat/phasers.ts";

test("strips cover the inner rows once", () => {
  for (const strips of [1, 2, 3, 7]) {
    const rows = stripsOf(34, strips);
    assert.equal(rows.length, strips);
    assert.equal(rows[0]![0], 1);
    assert.equal(rows.at(-1)![1], 33);
    for (let index = 1; index < strips; index++) assert.equal(rows[index]![0], rows[index - 1]![1]);
  }
});

test("the plate warms from its hot edge and stays symmetric", () => {
  const n = 33;
  const plate = sequential(heatedPlates(n), 100);
  const at = (row: number, column: number) => plate[row * n + column]!;
  assert.equal(at(0, 16), 100);
  assert.equal(at(32, 16), 0);
  assert.ok(at(1, 16) > at(8, 16) && at(8, 16) > at(16, 16));
  // Equal but for rounding: a sum of four neighbours depends on their order, which a mirror reverses.
  for (let column = 0; column < n; column++) assert.ok(Math.abs(at(5, column) - at(5, n - 1 - column)) < 1e-9);
});

for (const [name, { parallel }] of Object.entries({ phasers, dataflow })) {
  test(`${name}: bit for bit the plain program's plate`, async () => {
    for (const [n, steps, strips] of [
      [66, 51, 4],
      [66, 50, 1],
      [20, 7, 18],
    ] as const) {
      using region = shared.region();
      const plates = heatedPlates(n, (length) => region.float64(length));
      const plate = await parallel(plates, steps, strips);
      assert.deepEqual(Float64Array.from(plate), sequential(heatedPlates(n), steps), `${n}, ${steps}, ${strips}`);
    }
  });
}
