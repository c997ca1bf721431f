/** The MPI transport: mpirun -n 2 node mpi.ts ROUNDS */
import { connectMpi } from "../../src/net/mpi/transport.ts";
import { createMemory } from "../../src/shared/memory.ts";
import { line } from "./figures.ts";
import { MEMORY_BYTES, measure } from "./measure.ts";
import { measureCollectives } from "./together.ts";

const memory = createMemory(MEMORY_BYTES);
const transport = connectMpi({ memory, workers: 1 });
const rounds = Number(process.argv[2]);
const figures = { ...measureCollectives(transport, memory, rounds), ...measure(transport, memory, rounds) };
if (transport.place === 0) console.log(line(figures));
await transport.close();
