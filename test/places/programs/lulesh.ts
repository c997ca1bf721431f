/** LULESH over places against the plain program of the same cube. */
import assert from "node:assert/strict";
import { sedov, sequential } from "../../../examples/lulesh.ts";
import { overPlaces } from "../../../examples/places/lulesh.ts";
import { type Cases, check } from "./check.ts";

/** Place 0 calls it for all; the others have nothing to do in their `main`. */
const cases: Cases = {
  async "LULESH: iterations, energy and symmetry of the plain program"({ place, places }) {
    const size = places === 1 ? 4 : 2;
    if (place === 0) {
      const { originEnergy, ...expected } = sequential(sedov(4));
      const outcome = await overPlaces(size);
      assert.deepEqual([outcome.size, outcome.cycles], [expected.size, expected.cycles]);
      assert.ok(Math.abs(outcome.originEnergy / originEnergy - 1) < 1e-10, `${outcome.originEnergy}, not ${originEnergy}`);
      assert.ok(outcome.symmetry.maxRelative < 1e-8);
    }
  },

  async "LULESH: the same digits every time"({ place }) {
    if (place === 0) {
      const outcomes = [await overPlaces(2, 20), await overPlaces(2, 20, { regions: 3 })];
      assert.deepEqual(outcomes[0], outcomes[1]);
    }
  },
};

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  // Who has put a promise of another place holds it until garbage is collected.
  await check(cases, place, places, args[0], true);
}
