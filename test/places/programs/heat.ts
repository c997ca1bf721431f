/** Heat over places against the plain program's plate. */
import assert from "node:assert/strict";
import { world } from "heddle";
import { heatedPlates, sequential as heatPlate } from "../../../examples/heat/grid.ts";
import * as heat from "../../../examples/places/heat.ts";
import { type Cases, check } from "./check.ts";

const cases: Cases = {
  async "heat: bit for bit the plain program's plate"({ place, places }) {
    if (place === 0) {
      for (const [n, steps] of [
        [50, 15],
        [places + 2, 9],
      ] as const) {
        const expected = heat.bitsOf(heatPlate(heatedPlates(n), steps).subarray(n, n * (n - 1)));
        for (const how of [{}, { waits: true }, { phaser: true }, { phaser: true, waits: true }]) {
          assert.equal((await heat.overPlaces(n, steps, how)).checksum, expected, JSON.stringify(how));
        }
      }
      await assert.rejects(heat.overPlaces(places + 1, 1), RangeError);
    }
    await world.barrier();
  },
};

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  // Who has put a promise of another place holds it until garbage is collected: its handle may still be asked for the future.
  await check(cases, place, places, args[0], true);
}
