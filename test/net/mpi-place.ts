/** One rank of an MPI job that runs cases: mpirun -n 4 node mpi-place.ts FOLDER SEED CASE... */
import { writeSync } from "node:fs";
import { inspect } from "node:util";
import { connectMpi } from "../../src/net/mpi/transport.ts";
import { createMemory } from "../../src/shared/memory.ts";
import { runCases } from "./cases.ts";
import { FAULTS } from "./faults.ts";
import { MEMORY_BYTES, TestPlace } from "./place.ts";
import type { Report } from "./report.ts";

const [folder, seed, ...names] = process.argv.slice(2) as [string, string, ...string[]];
const memory = createMemory(MEMORY_BYTES);
const transport = connectMpi({ memory, workers: 1 });
const { place } = transport;
const report: Report = (name, error) => {
  const text = error === undefined ? undefined : inspect(error);
  writeSync(1, `\n@outcome ${JSON.stringify({ name, place, error: text })}\n`);
};
const t = new TestPlace(transport, memory, folder, Number(seed));
const [first] = names;
if (first !== undefined && first in FAULTS) await FAULTS[first]!(t, report);
else {
  runCases(t, names, report);
  await transport.close();
}
