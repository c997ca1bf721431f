/** A thread that plays the communication thread of one place. */
import { parentPort, workerData } from "node:worker_threads";
import { connectLoopback } from "../../src/net/loopback/transport.ts";
import type { LoopbackWorld } from "../../src/net/loopback/world.ts";
import { attachMemory } from "../../src/shared/memory.ts";
import { runCases } from "./cases.ts";
import { FAULTS } from "./faults.ts";
import { TestPlace } from "./place.ts";
import type { Report } from "./report.ts";

const { world, place, names, folder, seed } = workerData as {
  world: LoopbackWorld;
  place: number;
  names: string[];
  folder: string;
  seed: number;
};
const report: Report = (name, error) => parentPort!.postMessage({ name, place, error });
const t = new TestPlace(connectLoopback(world, place), attachMemory(world.memories[place]!), folder, seed);
const [first] = names;
if (first !== undefined && first in FAULTS) await FAULTS[first]!(t, report);
else {
  runCases(t, names, report);
  await t.transport.close();
}
